/**
 * Writes schemas/control-plane-flags.json and src/k8s/control-plane/flag-table.ts: which flags, admission plugins and
 * feature gates each component of the cluster knows in each Kubernetes release. Run by hand with a Go toolchain:
 *
 *   npx tsx scripts/gen-flags.ts dump DIR    builds a small program against k8s.io/kubernetes of each release that the
 *                                            Go module proxy has complete, and keeps the answers of the components' own
 *                                            flag sets in DIR; minutes a release
 *   npx tsx scripts/gen-flags.ts scan DIR    reads the sources of the other releases for the names of flags
 *   npx tsx scripts/gen-flags.ts merge DIR   joins the answers with what is known of flags that went before 1.25
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Built and asked. */
const BUILT: Readonly<Record<number, string>> = {
  30: '1.30.4',
  33: '1.33.13',
  34: '1.34.2',
  35: '1.35.4',
  36: '1.36.3',
  37: '1.37.2',
};
/** Read: not every module of these is to be had, so that they cannot be built. */
const READ: Readonly<Record<number, readonly [kubernetes: string, libraries: string, controllers: string]>> = {
  25: ['1.25.16', '0.25.4', ''],
  26: ['1.26.15', '0.26.3', ''],
  27: ['1.27.16', '0.27.3', ''],
  28: ['1.28.15', '0.28.3', ''],
  29: ['1.29.14', '0.29.6', '0.29.3'],
  30: ['1.30.4', '0.30.4', '0.30.4'],
  31: ['1.31.14', '0.31.14', '0.31.14'],
  32: ['1.32.13', '0.32.13', '0.32.13'],
};
const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'];
const ETCD = ['v3.5.4', 'v3.5.21', 'v3.6.5', 'v3.7.3'];
const MINORS = Array.from({ length: 13 }, (_, index) => 25 + index);

/** Prints one JSON object: flags by component, admission plugins with those on by default, feature gates. */
const PROGRAM = `package main

import (
	"encoding/json"
	"os"
	"sort"

	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeoptions "k8s.io/kubernetes/pkg/kubeapiserver/options"
)

type flag struct {
	Name       string \`json:"name"\`
	Type       string \`json:"type"\`
	Default    string \`json:"default"\`
	Bare       bool   \`json:"bare,omitempty"\`
	Deprecated string \`json:"deprecated,omitempty"\`
	Short      string \`json:"short,omitempty"\`
	Usage      string \`json:"usage,omitempty"\`
}

func list(fs *pflag.FlagSet) []flag {
	var out []flag
	fs.VisitAll(func(f *pflag.Flag) {
		out = append(out, flag{f.Name, f.Value.Type(), f.DefValue, f.NoOptDefVal != "", f.Deprecated, f.Shorthand, f.Usage})
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func main() {
	// One component a process: they share global feature gates, and some set them up only once.
	var fs *pflag.FlagSet
	switch os.Args[1] {
	case "kube-apiserver":
		fs = apiserver.NewAPIServerCommand().Flags()
	case "kube-controller-manager":
		fs = kcm.NewControllerManagerCommand().Flags()
	case "kube-scheduler":
		fs = scheduler.NewSchedulerCommand().Flags()
	case "kube-proxy":
		fs = proxy.NewProxyCommand().Flags()
	case "kubelet":
		fs = pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
		kubelet.NewKubeletFlags().AddFlags(fs)
		kc, err := kubelet.NewKubeletConfiguration()
		if err != nil {
			panic(err)
		}
		kubelet.AddKubeletConfigFlags(fs, kc)
		kubelet.AddGlobalFlags(fs)
	case "plugins":
		registered := options.NewServerRunOptions().Admission.GenericAdmission.Plugins.Registered()
		off := kubeoptions.DefaultOffAdmissionPlugins()
		var plugins []map[string]any
		for _, name := range registered {
			plugins = append(plugins, map[string]any{"name": name, "on": !off.Has(name)})
		}
		gates := map[string]any{}
		for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
			gates[string(name)] = map[string]any{"default": spec.Default, "locked": spec.LockToDefault, "stage": string(spec.PreRelease)}
		}
		json.NewEncoder(os.Stdout).Encode(map[string]any{"plugins": plugins, "gates": gates})
		return
	}
	json.NewEncoder(os.Stdout).Encode(list(fs))
}
`;

interface DumpedFlag {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly deprecated?: string;
}
interface Dumped {
  readonly flags: Readonly<Record<string, readonly DumpedFlag[]>>;
  readonly plugins: readonly { readonly name: string; readonly on: boolean }[];
  readonly gates: Readonly<
    Record<string, { readonly default: boolean; readonly locked: boolean; readonly stage: string }>
  >;
}
interface Scanned {
  /** Every quoted word in the sources. */
  readonly words: readonly string[];
  /** Every flag that is defined with its name in quotes, with the folder it is defined in. */
  readonly defined: Readonly<Record<string, string>>;
  readonly plugins: readonly string[];
}
interface FlagRow {
  type: 'bool' | 'list' | 'array' | 'other';
  since?: number;
  removed?: number;
  deprecated?: true;
  hint?: string;
}

/**
 * Flags that were gone before the oldest release that is asked, and hints for those that went later. By the
 * changelogs of the releases and the flags' own deprecation texts; where both left room, the later release is named.
 */
const GONE: readonly (readonly [component: string, flags: string, removed: number | undefined, hint: string])[] = [
  ['kube-apiserver', 'basic-auth-file', 19, 'use client certificates or OIDC'],
  ['kube-apiserver', 'insecure-port port insecure-bind-address address', 24, 'the insecure port is gone'],
  ['kube-apiserver', 'experimental-encryption-provider-config', 24, 'use --encryption-provider-config'],
  ['kube-apiserver', 'service-account-api-audiences', 25, 'use --api-audiences'],
  ['kube-apiserver', 'master-service-namespace', 27, 'drop it'],
  ['kube-apiserver', 'kubelet-https:b', 22, 'kubelets are always reached by HTTPS'],
  ['kube-apiserver', 'audit-dynamic-configuration:b', 19, 'use the webhook backend'],
  ['kube-apiserver', 'tls-ca-file', 11, 'drop it'],
  ['kube-apiserver', 'cloud-provider cloud-config', undefined, 'cloud providers run outside of the API server'],
  ['kube-controller-manager', 'port address', 24, 'drop it'],
  ['kube-controller-manager', 'experimental-cluster-signing-duration', 25, 'use --cluster-signing-duration'],
  ['kube-controller-manager', 'enable-taint-manager:b pod-eviction-timeout', undefined, 'use tolerations of the pods'],
  ['kube-scheduler', 'port address', 24, 'drop it'],
  [
    'kube-scheduler',
    'policy-config-file policy-configmap policy-configmap-namespace use-legacy-policy-config:b algorithm-provider',
    23,
    'use a KubeSchedulerConfiguration',
  ],
  ['kubelet', 'allow-privileged:b', 15, 'admission decides about privileged containers'],
  [
    'kubelet',
    'network-plugin cni-bin-dir cni-conf-dir cni-cache-dir network-plugin-mtu docker-endpoint image-pull-progress-deadline experimental-dockershim-root-directory dynamic-config-dir',
    24,
    'dockershim is gone: configure the container runtime',
  ],
  ['kubelet', 'experimental-check-node-capabilities-before-mount:b', 24, 'drop it'],
  ['kubelet', 'container-runtime', 27, 'drop it'],
  ['kubelet', 'pod-infra-container-image', undefined, "set the container runtime's sandbox image"],
  [
    '*',
    'logtostderr:b alsologtostderr:b log-dir log-file log-file-max-size stderrthreshold skip-headers:b skip-log-headers:b one-output:b add-dir-header:b log-backtrace-at',
    26,
    'logs go to standard error: redirect them',
  ],
];

const CACHE = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
const { positionals } = parseArgs({ allowPositionals: true });
const [command, folder] = positionals;
if (folder === undefined || (command !== 'dump' && command !== 'scan' && command !== 'merge')) {
  process.stderr.write('usage: gen-flags.ts dump DIR | scan DIR | merge DIR\n');
  process.exit(2);
}
if (command === 'dump') for (const release of Object.values(BUILT)) dump(folder, release);
else if (command === 'scan') for (const minor of Object.keys(READ)) scan(folder, Number(minor));
else merge(folder);

function dump(folder: string, release: string): void {
  const answer = join(folder, `${release}.json`);
  if (existsSync(answer)) return;
  const build = join(folder, `v${release}`);
  mkdirSync(build, { recursive: true });
  const go = (...args: string[]) =>
    execFileSync('go', args, {
      cwd: build,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const { GoMod } = JSON.parse(
    execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${release}`], { encoding: 'utf8', cwd: '/' }),
  );
  // As a dependency, k8s.io/kubernetes loses the replacements by which it finds its staging repositories.
  const staging = [...readFileSync(GoMod, 'utf8').matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging/gm)].map((m) => m[1]!);
  const replaced = staging.map((name) => `\t${name} => ${name} v0.${release.slice(2)}\n`).join('');
  writeFileSync(
    join(build, 'go.mod'),
    `module flags\n\ngo 1.20\n\nrequire k8s.io/kubernetes v${release}\n\nreplace (\n${replaced})\n`,
  );
  writeFileSync(join(build, 'main.go'), PROGRAM);
  go('mod', 'tidy', '-e');
  go('build', '-p', '1', '-ldflags=-checklinkname=0', '-o', 'flags', '.');
  const ask = (what: string) =>
    JSON.parse(execFileSync(join(build, 'flags'), [what], { encoding: 'utf8', maxBuffer: 1 << 28 }));
  const flags = Object.fromEntries(COMPONENTS.map((component) => [component, ask(component)]));
  writeFileSync(answer, JSON.stringify({ flags, ...ask('plugins') }));
}

function scan(folder: string, minor: number): void {
  const [kubernetes, libraries, controllers] = READ[minor]!;
  const modules = [
    `k8s.io/kubernetes@v${kubernetes}`,
    `k8s.io/apiserver@v${libraries}`,
    `k8s.io/component-base@v${libraries}`,
  ];
  if (controllers !== '')
    modules.push(`k8s.io/controller-manager@v${controllers}`, `k8s.io/cloud-provider@v${controllers}`);
  execFileSync('go', ['mod', 'download', ...modules], { cwd: '/' });
  const own = [
    'cmd/kube-apiserver',
    'cmd/kube-controller-manager',
    'cmd/kube-scheduler',
    'cmd/kube-proxy',
    'cmd/kubelet',
    'pkg/kubeapiserver',
    'pkg/controlplane',
    'pkg/kubelet/config',
    'pkg/proxy',
    'pkg/serviceaccount',
    'pkg/credentialprovider',
  ];
  const folders = modules.flatMap((module, index) =>
    index === 0 ? own.map((each) => join(CACHE, module, each)) : [join(CACHE, module)],
  );
  const words = new Set<string>();
  const defined: Record<string, string> = {};
  for (const file of folders.flatMap(goFiles)) {
    const text = readFileSync(file, 'utf8');
    for (const [, word] of text.matchAll(/"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"/g)) words.add(word!);
    for (const [, word] of text.matchAll(/\.\w*Var\w*\(\s*[^",]*,\s*"([a-z][a-z0-9-]+)"/g)) {
      defined[word!] ??= file.slice(CACHE.length).replace(/@v[^/]*/, '');
    }
  }
  const registry = readFileSync(join(CACHE, modules[0]!, 'pkg/kubeapiserver/options/plugins.go'), 'utf8');
  const names = goFiles(join(CACHE, modules[0]!, 'plugin/pkg/admission'))
    .concat(goFiles(join(CACHE, modules[1]!, 'pkg/admission/plugin')))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/PluginName\s*=\s*"(\w+)"/g)].map((match) => match[1]!));
  if (registry.length === 0) throw new Error('no registry of admission plugins');
  const scanned: Scanned = { words: [...words].sort(), defined, plugins: [...new Set(names)].sort() };
  writeFileSync(join(folder, `scan-${minor}.json`), JSON.stringify(scanned));
}

function goFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'))
    .map((file) => join(folder, file));
}

function merge(folder: string): void {
  const built = new Map<number, Dumped>();
  for (const [minor, release] of Object.entries(BUILT)) {
    const file = join(folder, `${release}.json`);
    if (existsSync(file)) built.set(Number(minor), JSON.parse(readFileSync(file, 'utf8')));
  }
  const scans = new Map<number, Scanned>();
  for (const minor of Object.keys(READ)) {
    scans.set(Number(minor), JSON.parse(readFileSync(join(folder, `scan-${minor}.json`), 'utf8')));
  }
  const components: Record<string, Record<string, FlagRow>> = {};
  for (const name of Object.keys(built.get(37)!.flags)) components[name] = flagsOf(name, built, scans);
  components['etcd'] = etcdFlags();
  for (const [component, flags, removed, hint] of GONE) {
    for (const word of flags.split(' ')) {
      const [name, type] = word.split(':') as [string, string | undefined];
      for (const each of component === '*' ? Object.keys(components).filter((c) => c !== 'etcd') : [component]) {
        const row = components[each]![name];
        if (row !== undefined) row.hint = hint;
        else if (removed !== undefined)
          components[each]![name] = { type: type === 'b' ? 'bool' : 'other', removed, hint };
        else throw new Error(`${each} ${name} was never there`);
      }
    }
  }
  const result = {
    source: `flag sets of the components, built from k8s.io/kubernetes ${[...built.keys()].map((minor) => `v${BUILT[minor]}`).join(', ')}; releases between and before by the names in their sources (${Object.entries(
      READ,
    )
      .map(([, [release]]) => `v${release}`)
      .join(', ')}); flags removed before 1.25 by the changelogs; etcd ${ETCD.join(', ')} of go.etcd.io/etcd/server/v3`,
    components: Object.fromEntries(
      Object.entries(components).map(([name, flags]) => [
        name,
        Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1))),
      ]),
    ),
    plugins: pluginsOf(built, scans),
    gates: gatesOf(built),
  };
  mkdirSync('schemas', { recursive: true });
  writeFileSync('schemas/control-plane-flags.json', `${JSON.stringify(result, undefined, 1)}\n`);
  writeFileSync('src/k8s/control-plane/flag-data.ts', dataModule(result));
}

function flagsOf(
  component: string,
  built: ReadonlyMap<number, Dumped>,
  scans: ReadonlyMap<number, Scanned>,
): Record<string, FlagRow> {
  const rows: Record<string, FlagRow> = {};
  const known = new Map<string, DumpedFlag>();
  const there = new Map(
    [...built].map(
      ([minor, { flags }]) => [minor, new Set(flags[component]!.map(({ name }) => normalize(name)))] as const,
    ),
  );
  for (const { flags } of built.values()) for (const flag of flags[component]!) known.set(normalize(flag.name), flag);
  // Flags that were gone when the oldest build was made, defined in the component's own folder.
  for (const minor of [25, 26, 27, 28, 29]) {
    for (const [name, file] of Object.entries(scans.get(minor)!.defined)) {
      const own =
        file.startsWith(`/k8s.io/kubernetes/cmd/${component}/`) ||
        (component === 'kubelet' && file.startsWith('/k8s.io/kubernetes/pkg/kubelet/'));
      if (own && !known.has(name) && !/_windows|windows|dsr|hnsendpoint|vip|network-name/.test(`${file} ${name}`))
        known.set(name, { name, type: 'string', default: '' });
    }
  }
  for (const [name, flag] of known) {
    const present = MINORS.map((minor) => isPresent(name, minor, there, scans));
    const first = present.indexOf(true);
    const last = present.lastIndexOf(true);
    const row: FlagRow = {
      type:
        flag.type === 'bool'
          ? 'bool'
          : /Slice$/.test(flag.type)
            ? 'list'
            : /Array$/.test(flag.type)
              ? 'array'
              : 'other',
    };
    if (first > 0) row.since = MINORS[first]!;
    if (last < MINORS.length - 1) row.removed = MINORS[last + 1]!;
    if (flag.deprecated !== undefined) row.deprecated = true;
    rows[name] = row;
  }
  return rows;
}

function isPresent(
  name: string,
  minor: number,
  there: ReadonlyMap<number, ReadonlySet<string>>,
  scans: ReadonlyMap<number, Scanned>,
): boolean {
  const answer = there.get(minor);
  if (answer !== undefined) return answer.has(name);
  const words = scans.get(minor)!.words;
  const before = there.get(30)!.has(name);
  const after = there.get(33)!.has(name);
  if (minor > 30) return before === after ? before : words.includes(name);
  if (!before) return words.includes(name) && scans.get(minor)!.defined[name] !== undefined;
  // A name that is put together, or that stands in a module which could not be read, says nothing: it stays as it is.
  if (!scans.get(30)!.words.includes(name)) return true;
  const where = scans.get(30)!.defined[name] ?? '';
  if (minor < 29 && /controller-manager|cloud-provider/.test(where.split('/')[2] ?? '')) return true;
  return words.includes(name);
}

function normalize(name: string): string {
  return name.replaceAll('_', '-');
}

function etcdFlags(): Record<string, FlagRow> {
  const rows: Record<string, FlagRow> = {};
  for (const version of ETCD) {
    execFileSync('go', ['mod', 'download', `go.etcd.io/etcd/server/v3@${version}`], { cwd: '/' });
    const source = (file: string) => readFileSync(join(CACHE, `go.etcd.io/etcd/server/v3@${version}`, file), 'utf8');
    for (const [, name] of source('etcdmain/help.go').matchAll(/^\s*--([a-z][a-z0-9-]*)/gm))
      rows[name!] ??= { type: 'other' };
    for (const file of ['etcdmain/config.go', 'embed/config.go']) {
      for (const [, method, name] of source(file).matchAll(/fs\.(\w+)\([^"\n]*"([a-z0-9][a-z0-9-]*)"/g)) {
        rows[name!] = { type: method!.startsWith('Bool') ? 'bool' : 'other' };
      }
    }
  }
  return rows;
}

/** Admission plugins: which are on by default, and when the others came and went. */
function pluginsOf(
  built: ReadonlyMap<number, Dumped>,
  scans: ReadonlyMap<number, Scanned>,
): Record<string, { on: boolean; since?: number; removed?: number }> {
  const plugins: Record<string, { on: boolean; since?: number; removed?: number }> = {};
  const names = new Set([...built.values()].flatMap((each) => each.plugins.map(({ name }) => name)));
  for (const { plugins: found } of scans.values()) for (const name of found) names.add(name);
  for (const name of [...names].sort()) {
    const present = MINORS.map((minor) => {
      const dumped = built.get(minor);
      if (dumped !== undefined) return dumped.plugins.some((plugin) => plugin.name === name);
      return scans.get(minor)!.plugins.includes(name);
    });
    const newest = [...built.values()]
      .reverse()
      .flatMap((each) => each.plugins)
      .find((plugin) => plugin.name === name);
    const first = present.indexOf(true);
    const last = present.lastIndexOf(true);
    plugins[name] = {
      on: newest?.on ?? false,
      ...(first > 0 ? { since: MINORS[first]! } : {}),
      ...(last < MINORS.length - 1 ? { removed: MINORS[last + 1]! } : {}),
    };
  }
  return plugins;
}

/** Feature gates that at least one built release knows: since when, until when, and where they cannot be changed. */
function gatesOf(
  built: ReadonlyMap<number, Dumped>,
): Record<string, { since: number; removed?: number; locked?: number; default: boolean }> {
  const gates: Record<string, { since: number; removed?: number; locked?: number; default: boolean }> = {};
  const minors = [...built.keys()].sort((a, b) => a - b);
  for (const minor of minors) {
    for (const [name, spec] of Object.entries(built.get(minor)!.gates)) {
      gates[name] ??= { since: minor, default: spec.default };
      gates[name].default = spec.default;
      if (spec.locked) gates[name].locked ??= minor;
    }
    for (const name of Object.keys(gates)) {
      if (built.get(minor)!.gates[name] === undefined) gates[name]!.removed ??= minor;
    }
  }
  return Object.fromEntries(Object.entries(gates).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function dataModule(result: {
  readonly components: Readonly<Record<string, Readonly<Record<string, FlagRow>>>>;
  readonly plugins: Readonly<Record<string, { on: boolean; since?: number; removed?: number }>>;
  readonly gates: Readonly<Record<string, { since: number; removed?: number; locked?: number; default: boolean }>>;
}): string {
  const lines = Object.entries(result.components).map(([component, flags]) => {
    const words = Object.entries(flags).map(([name, { type, since, removed }]) => {
      const kind = { bool: ':b', list: ':l', array: ':a', other: '' }[type];
      return `${name}${kind}${since === undefined ? '' : `@${since}`}${removed === undefined ? '' : `!${removed}`}`;
    });
    return `  ${component.includes('-') ? `'${component}'` : component}:\n    ' ${words.join(' ')} ',`;
  });
  const hints = new Map<string, string[]>();
  for (const [component, flags] of Object.entries(result.components)) {
    for (const [name, { hint }] of Object.entries(flags)) {
      if (hint !== undefined) hints.set(hint, [...(hints.get(hint) ?? []), `${component}/${name}`]);
    }
  }
  const plugins = Object.entries(result.plugins).map(
    ([name, { on, since, removed }]) =>
      `${name}${on ? ':on' : ''}${since === undefined ? '' : `@${since}`}${removed === undefined ? '' : `!${removed}`}`,
  );
  const oldest = Math.min(...Object.keys(BUILT).map(Number));
  const gates = Object.entries(result.gates).map(
    ([name, gate]) =>
      `${name}${gate.default ? ':on' : ''}${gate.since === oldest ? '' : `@${gate.since}`}${gate.removed === undefined ? '' : `!${gate.removed}`}${gate.locked === undefined ? '' : `=${gate.locked}`}`,
  );
  return `// Generated by scripts/gen-flags.ts from the components' own code; do not edit.
// A word is a flag: \`:b\` takes a boolean, \`:l\` a list, \`:a\` is given once for each value; \`@27\` came with 1.27, \`!33\` was gone in 1.33.
export const FLAGS: Readonly<Record<string, string>> = {
${lines.join('\n')}
};

/** Admission plugins in the same form; \`:on\` is enabled without being asked for. */
export const PLUGINS =
  ' ${plugins.join(' ')} ';

/** Feature gates of releases that were asked: \`:on\` by default, \`=33\` locked to that from 1.33 on. */
export const GATES =
  ' ${gates.join(' ')} ';

/** What to write instead of a flag that is gone. */
export const HINTS: readonly (readonly [flags: string, hint: string])[] = [
${[...hints].map(([hint, flags]) => `  [' ${flags.join(' ')} ', ${JSON.stringify(hint)}],`).join('\n')}
];
`;
}
