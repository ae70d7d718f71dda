/** Every command with the line that the overview gives it. */
export const COMMANDS = {
  lint: 'lint manifests (the default command)',
  'pod-security': 'the Pod Security level each workload reaches, and what keeps it from the next',
  network: 'which workload may talk to which',
  rbac: 'who can do what',
  audit: 'the audit level each request gets under an audit Policy',
  rules: 'every rule: id, title, severity, presets, frameworks',
  explain: "a rule's page",
  merge: 'join the reports of the shards of one run',
  init: 'write a commented kubesec-lint.yaml, print the hook and CI snippets',
} as const;
export type CommandName = keyof typeof COMMANDS;

/** Names that are taken by what is not there yet. */
export const LATER_COMMANDS: readonly string[] = ['lsp'];
