import { isUnresolved } from '../placeholder.ts';

/**
 * What somebody or something will still replace: marks of templating languages, `<your-node>` as documentation writes
 * it, and `$(VAR)` in places where Kubernetes expands nothing (Kustomize vars).
 */
export function isPlaceholder(text: string): boolean {
  return isUnresolved(text) || /<[A-Za-z][^<>]*>/.test(text) || /^\$\([\w.-]+\)$/.test(text);
}
