#!/usr/bin/env node
'use strict';
// Starts dist/kubesec-lint.cjs by way of V8's code cache: a few milliseconds of every run are compilation otherwise.
// Whatever goes wrong with the cache, the program runs without it.
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const file = path.join(__dirname, '..', 'dist', 'kubesec-lint.cjs');

main();

function main() {
  const folder = cacheFolder();
  if (folder === undefined) {
    require(file).start();
    return;
  }
  const source = readBundle();
  // The bundle opens with `// ` and 16 digits of its hash. V8 refuses what another version, machine or flag has made.
  const name = `${source.slice(3, 19)}-${process.version}-${process.arch}.bin`;
  const cachedData = read(path.join(folder, name));
  const script = new vm.Script(Module.wrap(source), {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
    importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const loaded = new Module(file, module);
  loaded.filename = file;
  loaded.paths = module.paths;
  // Chunks ask for the bundle by its name and have to get this one.
  require.cache[file] = loaded;
  const requireFromBundle = Module.createRequire(file);
  script.runInThisContext().call(loaded.exports, loaded.exports, requireFromBundle, loaded, file, path.dirname(file));
  loaded.loaded = true;
  loaded.exports.start();
  if (cachedData === undefined || script.cachedDataRejected) keep(folder, name, script);
}

function readBundle() {
  try {
    return fs.readFileSync(file, 'utf8');
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

function read(cached) {
  try {
    return fs.readFileSync(cached);
  } catch {
    return undefined;
  }
}

/** Written beside its place and renamed, so that no run ever reads half a file. */
function keep(folder, name, script) {
  const draft = path.join(folder, `${name}.${process.pid}.tmp`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    for (const old of fs.readdirSync(folder)) if (/^[0-9a-f]{16}-v[\d.]+-\w+\.bin$/.test(old)) drop(path.join(folder, old));
    fs.writeFileSync(draft, script.createCachedData());
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
