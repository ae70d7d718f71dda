#!/usr/bin/env node
'use strict';
// Starts dist/kubesec-lint.cjs by way of V8's code cache: a few milliseconds of every run are compilation otherwise.
// Whatever goes wrong with the cache, the program runs without it. No module is required that Node.js has not loaded
// by itself, but for node:vm.
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const dist = path.join(__dirname, '..', 'dist');
const HOT = 'kubesec-lint.cjs';

/**
 * V8 optimizes functions early, for programs that run for long. Over a thousand files, a second's work, its compiler
 * takes a third of the processor time, and a core from the threads. The flag is V8's own business, so it is set where it
 * was measured, in Node.js 20 (V8 11), and as it was while compiled code is read or kept: that depends on all flags.
 */
const LATE = '--interrupt-budget=400000';
const EARLY = '--interrupt-budget=67584';
/** node:v8, where V8 was told to optimize late. */
let late;

if (require.main === module) main();
// Threads ask for what the program exports. They run where there are many files, and the flag is that of the process.
else {
  exports.load = () => {
    if (isMeasured()) late = require('node:v8');
    return open().program;
  };
}

function isMeasured() {
  return process.versions.v8.startsWith('11.');
}

function expectManyFiles() {
  if (late !== undefined || !isMeasured()) return;
  late = require('node:v8');
  late.setFlagsFromString(LATE);
}

function withUsualFlags(work) {
  if (late === undefined) return work();
  late.setFlagsFromString(EARLY);
  try {
    return work();
  } finally {
    late.setFlagsFromString(LATE);
  }
}

function main() {
  globalThis.kubesecLintStarter = { expectManyFiles };
  const { program, code } = open();
  program.start();
  if (code !== undefined && isTypical(process.argv.slice(2))) withUsualFlags(() => code.keep());
  // All is written. What Node.js would do before it ends, a collection of garbage among it, is of no use to anyone.
  process.exit();
}

/** What the program exports, and the compiled code that the run has asked for. */
function open() {
  const source = readBundle();
  const folder = cacheFolder();
  // The bundle opens with `// ` and 16 digits of its hash. V8 refuses what another version, machine or flag has made.
  const code =
    folder === undefined
      ? undefined
      : openCode(folder, `${source.slice(3, 19)}-${process.version}-${process.arch}.bin`);
  const loaded = new Map();
  const program = run(HOT, source);
  return { program, code };

  /** Compiles and runs a file of `dist/` with the code that an earlier run left. The build has wrapped it in a function. */
  function run(name, text) {
    const filename = path.join(dist, name);
    const script = code === undefined ? new vm.Script(text, { filename }) : code.compile(name, text, filename);
    const module = { id: filename, filename, exports: {}, loaded: true, children: [], paths: [] };
    // Shown by --timing.
    require.cache[filename] = module;
    // Chunks ask for the bundle by its name and have to get this one.
    loaded.set(`./${name}`, module);
    script.runInThisContext().call(module.exports, module.exports, requireFromDist, module, filename, dist);
    return module.exports;
  }

  function requireFromDist(id) {
    const known = loaded.get(id);
    if (known !== undefined) return known.exports;
    if (!id.startsWith('./')) return require(id);
    const name = id.slice(2);
    return run(name, fs.readFileSync(path.join(dist, name), 'utf8'));
  }
}

/** A run that did nothing but print a page has compiled little of what the next one needs. */
function isTypical(argv) {
  return !argv.some((word) => /^(?:--version|-V|--help|-h|help|rules|explain|init)$/.test(word));
}

/**
 * Compiled code of all files of `dist/` in one file: a line of JSON with names and lengths, then the code of each.
 * What a run loaded for the first time is added to what is there.
 */
function openCode(folder, cacheName) {
  const cached = openCached(path.join(folder, cacheName));
  const fresh = new Map();
  return {
    compile(name, text, filename) {
      const cachedData = cached.get(name);
      const options = cachedData === undefined ? { filename } : { filename, cachedData };
      const script = withUsualFlags(() => new vm.Script(text, options));
      if (cachedData === undefined || script.cachedDataRejected) fresh.set(name, script);
      return script;
    },
    keep() {
      if (fresh.size === 0) return;
      const all = new Map(cached.names().map((name) => [name, cached.get(name)]));
      for (const [name, script] of fresh) all.set(name, script.createCachedData());
      for (const [name, data] of all) if (data === undefined) all.delete(name);
      keep(folder, cacheName, join(all));
    },
  };
}

/** Only the code that a run asks for is read: what all commands have left there is several times as much. */
function openCached(cached) {
  const places = new Map();
  let descriptor;
  try {
    descriptor = fs.openSync(cached, 'r');
    const head = Buffer.allocUnsafe(8192);
    const line = head.toString('latin1', 0, fs.readSync(descriptor, head, 0, head.length, 0));
    let offset = line.indexOf('\n') + 1;
    for (const [name, length] of JSON.parse(line.slice(0, offset))) {
      places.set(name, { offset, length });
      offset += length;
    }
  } catch {
    // Missing or damaged: as good as none. V8 checks the code itself.
    places.clear();
  }
  return {
    names: () => [...places.keys()],
    get(name) {
      const place = places.get(name);
      if (place === undefined) return undefined;
      try {
        const data = Buffer.allocUnsafeSlow(place.length);
        return fs.readSync(descriptor, data, 0, place.length, place.offset) === place.length ? data : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function join(codes) {
  const head = JSON.stringify([...codes].map(([name, { length }]) => [name, length]));
  return Buffer.concat([Buffer.from(`${head}\n`), ...codes.values()]);
}

function readBundle() {
  try {
    return fs.readFileSync(path.join(dist, HOT), 'utf8');
  } catch {
    process.stderr.write('kubesec-lint: dist/ is missing; in a checkout, `npm run build` makes it\n');
    process.exit(2);
  }
}

function cacheFolder() {
  const { KUBESEC_LINT_CODE_CACHE: own, XDG_CACHE_HOME: xdg, HOME: home, LOCALAPPDATA: local } = process.env;
  if (own !== undefined) return own === '' || own === '0' ? undefined : own;
  const base = process.platform === 'win32' ? local : xdg || (home && path.join(home, '.cache'));
  return base && path.isAbsolute(base) ? path.join(base, 'kubesec-lint') : undefined;
}

/** Written beside its place and renamed, so that no run ever reads half a file. */
function keep(folder, name, bytes) {
  const draft = path.join(folder, `${name}.${process.pid}.tmp`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    for (const old of fs.readdirSync(folder))
      if (/^[0-9a-f]{16}-v[\d.]+-\w+\.bin$/.test(old)) drop(path.join(folder, old));
    fs.writeFileSync(draft, bytes);
    fs.renameSync(draft, path.join(folder, name));
  } catch {
    drop(draft);
  }
}

function drop(unneeded) {
  try {
    fs.unlinkSync(unneeded);
  } catch {
    // Another run was faster, or the folder is not ours.
  }
}
