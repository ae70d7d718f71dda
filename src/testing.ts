/** For testing rules of one's own: `import { testRule } from 'kubesec-lint/testing'`. */
export {
  compareWithMarkers,
  type Failure,
  findingsOf,
  lintTexts,
  type RunOptions,
  testRule,
} from './testing/rule-tester.ts';
