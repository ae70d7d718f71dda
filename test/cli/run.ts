import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Scenario {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A folder with these files, gone when the test is over. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubesec-lint-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // A repository of its own, so that nothing above it is asked for patterns or settings.
  mkdirSync(join(folder, '.git'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Runs the program in this process, in a folder with the given files. */
export function run(argv: readonly string[], { files = {}, stdin = '', env = {}, cwd }: Scenario = {}): Outcome {
  const out: string[] = [];
  const err: string[] = [];
  const status = runProgram(argv, {
    cwd: cwd ?? folderWith(files),
    env: { SOURCE_DATE_EPOCH: '1767225600', ...env },
    stdoutIsTTY: false,
    stderrIsTTY: false,
    columns: 100,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    readStdin: () => Buffer.from(stdin),
  });
  return { status, stdout: out.join(''), stderr: err.join('') };
}

export const PRIVILEGED_POD = `apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.com/api:1.0.0
      securityContext:
        privileged: true
`;

/** The same without its fault. */
export const PLAIN_POD = PRIVILEGED_POD.replace('privileged: true', 'privileged: false');

/** Options that leave one rule, so that tests of the command do not depend on what the others say. */
export const ONE_RULE = ['--preset', 'none', '--rule', 'privileged-container'] as const;
