import { defineConfig } from 'vitest/config';

/** Answers held against what stands beside the repository in ../shared; every file skips itself where that is missing. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 120_000,
  },
});
