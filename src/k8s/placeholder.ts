/**
 * Marks of templating languages that have not been rendered: Helm and Jinja `{{ }}`, shell and Kustomize `${ }`,
 * ERB `<% %>`, Concourse `(( ))`. `$(VAR)` is ordinary Kubernetes expansion and not among them.
 */
export function isUnresolved(text: string): boolean {
  if (!OPENING.test(text)) return false;
  return (
    (text.includes('{{') && text.includes('}}')) ||
    (text.includes('${') && text.includes('}')) ||
    (text.includes('<%') && text.includes('%>')) ||
    (text.includes('((') && text.includes('))'))
  );
}

/** Almost no text has one, and one pass tells. */
const OPENING = /\{\{|\$\{|<%|\(\(/;
