import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findConfig } from '../config/find.ts';
import { NEWEST_VERSION } from '../k8s/version.ts';
import { describeOptions, type OptionSpecs, parseArguments } from './args.ts';
import { type Command, UsageError } from './command.ts';
import { TOOL_VERSION } from './version.ts';

const OPTIONS = {
  force: { text: 'overwrite a kubesec-lint.yaml that is there' },
} as const satisfies OptionSpecs;

/** Writes a configuration that changes nothing, with every setting explained, and prints what CI and hooks need. */
export const command: Command = {
  help: `kubesec-lint init

Writes a commented kubesec-lint.yaml and prints the snippets for pre-commit, GitHub and GitLab.

${describeOptions(OPTIONS)}`,
  run(argv, terminal) {
    const args = parseArguments(argv, OPTIONS);
    if (args.positionals.length > 0) throw new UsageError('init takes no arguments');
    const path = join(terminal.cwd, 'kubesec-lint.yaml');
    const present = findConfig(terminal.cwd);
    if (present !== undefined && !(present === path && args.has('force'))) {
      throw new UsageError(
        `there is a configuration already: ${present}${present === path ? '; --force overwrites it' : ''}`,
      );
    }
    writeFileSync(path, CONFIG);
    terminal.out(`wrote kubesec-lint.yaml\n\n${SNIPPETS}`);
    return 0;
  },
};

export const CONFIG = `# yaml-language-server: $schema=./node_modules/kubesec-lint/schemas/config.schema.json
# Settings of kubesec-lint. What stands here as a comment is the default or an example.

# The release the manifests are for; checks differ between releases.
# kubernetesVersion: "${NEWEST_VERSION}"

# recommended ⊂ strict ⊂ all; or by catalog: pss-baseline, pss-restricted, cis, nsa.
extends: [recommended]

# One rule: off, a severity, or a severity with options. \`kubesec-lint rules\` lists them.
rules: {}
#   host-network: off
#   image-tag-mutable: { severity: high }

# Files to leave out, as in .gitignore, on top of .gitignore itself.
ignore: []
#   - testdata/

# Exceptions by file, namespace, kind or name. The reason is kept in every report.
overrides: []
#   - namespaces: [kube-system]
#     rules: { host-path-volume: off }
#     reason: node agents need the host

# The least severity that makes the exit status 1: critical, high, medium, low, info, never.
failOn: medium

# Whether objects that are not in the input may exist: open, closed, auto.
# world: auto
`;

const SNIPPETS = `pre-commit (.pre-commit-config.yaml):

  repos:
    - repo: https://github.com/OWNER/kubesec-lint
      rev: v${TOOL_VERSION}
      hooks:
        - id: kubesec-lint

GitHub Actions, with findings in the Security tab:

  - uses: OWNER/kubesec-lint@v${TOOL_VERSION}
    with:
      paths: manifests
  - uses: github/codeql-action/upload-sarif@v3
    if: always()
    with:
      sarif_file: kubesec-lint.sarif

GitLab CI:

  kubesec-lint:
    image: node:22-slim
    script:
      - npx --yes kubesec-lint@${TOOL_VERSION} manifests
`;
