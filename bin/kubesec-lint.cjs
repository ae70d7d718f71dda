#!/usr/bin/env node
'use strict';
// Starts dist/kubesec-lint.cjs by way of V8's code cache: a few milliseconds of every run are compilation otherwise.
// Whatever goes wrong with the cache, the program runs without it.
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const dist = path.join(__dirname, '..', 'dist');
const file = path.join(dist, 'kubesec-lint.cjs');

main();

function main() {
  const folder = cacheFolder();
  if (folder === undefined) {
    require(file).start();
    return;
  }
  const source = readBundle();
  // The bundle opens with `// ` and 16 digits of its hash. V8 refuses what another version, machine or flag has made.
  const code = openCode(folder, `${source.slice(3, 19)}-${process.version}-${process.arch}.bin`);
  run(file, source, code).start();
  if (isTypical(process.argv.slice(2))) code.keep();
}

/** Compiles and runs a file of `dist/` with the code that an earlier run left; chunks that it asks for likewise. */
function run(filename, source, code) {
  const name = path.basename(filename);
  const script = code.compile(name, Module.wrap(source), filename);
  const loaded = new Module(filename, module);
  loaded.filename = filename;
  loaded.paths = module.paths;
  // Chunks ask for the bundle by its name and have to get this one.
  require.cache[filename] = loaded;
  const requireOther = Module.createRequire(filename);
  // Asked at every call of what is loaded late, so the answer is kept.
  const chunks = new Map();
  const requireFromHere = (id) => {
    if (!id.startsWith('./')) return requireOther(id);
    let exports = chunks.get(id);
    if (exports === undefined) {
      const chunk = path.join(dist, id);
      exports = (require.cache[chunk] ?? runChunk(chunk, code)).exports;
      chunks.set(id, exports);
    }
    return exports;
  };
  Object.assign(requireFromHere, requireOther);
  script.runInThisContext().call(loaded.exports, loaded.exports, requireFromHere, loaded, filename, dist);
  loaded.loaded = true;
  return loaded.exports;
}

function runChunk(chunk, code) {
  run(chunk, readAscii(chunk), code);
  return require.cache[chunk];
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
    compile(name, wrapper, filename) {
      const cachedData = cached.get(name);
      const script = new vm.Script(wrapper, {
        filename,
        ...(cachedData === undefined ? {} : { cachedData }),
        importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
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

/** The build escapes whatever is not ASCII, so that nothing has to be decoded. */
function readAscii(script) {
  return fs.readFileSync(script, 'latin1');
}

function readBundle() {
  try {
    return readAscii(file);
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
