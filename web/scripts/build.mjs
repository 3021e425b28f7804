// Builds the page and the page parts of the plugins.
//
//   node scripts/build.mjs [--out DIR] [--plugins-out DIR]
//
// DIR/index.html and assets; plugins-out/<id>/ui/*.js for every ../plugins/<id>/ui/*.ts. Text files get
// .gz and .br beside them. Packages are installed from the lock files when those changed. Two builds at
// once wait for each other, because they share node_modules.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const pluginsDir = resolve(web, '../plugins');
const kLockWaitMs = 10 * 60_000;

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, 'plugins-out': { type: 'string' } },
});
const out = resolve(options.out ?? join(web, 'dist'));
const pluginsOut = options['plugins-out'] && resolve(options['plugins-out']);

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/// A folder is made atomically, so it serves as a lock. One left behind by a killed build names a
/// process that is gone.
async function withLock(work) {
  const lock = join(web, '.build-lock');
  const owner = join(lock, 'pid');
  const end = Date.now() + kLockWaitMs;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock, owner)) rmSync(lock, { recursive: true, force: true });
      else if (Date.now() > end) throw new Error(`${lock} is held by another build; remove it if there is none`);
      else await sleep(200);
    }
  }
  writeFileSync(owner, String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAbandoned(lock, owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    if (error.code === 'EPERM') return false;
    if (error.code === 'ESRCH') return true;
    // No pid yet: the owner is just about to write it, or died before it could.
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 10_000;
  }
}

/// `npm ci` in `folder`, unless what is installed is what the lock file says.
function install(folder) {
  const lockFile = join(folder, 'package-lock.json');
  if (!existsSync(lockFile)) return;
  const stamp = join(folder, 'node_modules', '.trellis-stamp');
  const wanted = createHash('sha256').update(readFileSync(lockFile)).update(process.version).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log(`installing packages in ${folder}`);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/// Vite once, in a process of its own: its configuration files read the environment.
function vite(config, env) {
  const program = join(web, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [program, 'build', '--config', config, '--logLevel', 'warn'], {
    cwd: web,
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
}

/// The ui folders of plugins that have TypeScript to build.
export function pluginParts() {
  return readdirSync(pluginsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ id: entry.name, folder: join(pluginsDir, entry.name, 'ui') }))
    .filter(({ folder }) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.ts')));
}

function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) compress(path);
    else if (/\.(html|js|css|svg|json|txt)$/.test(entry.name)) compressFile(path);
  }
}

function compressFile(path) {
  const bytes = readFileSync(path);
  if (bytes.length < 512) return; // what a client saves would not pay for the header
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
}

/// The licences of the packages whose code is in what was built, as those ask for.
function writeLicences(folder, target) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const texts = Object.entries(packages)
    .filter(([path, entry]) => path && !entry.dev && !/\/@types\//.test(path))
    .map(([path, entry]) => {
      const file = readdirSync(join(folder, path)).find((name) => /^licen[cs]e/i.test(name));
      const text = file ? readFileSync(join(folder, path, file), 'utf8').trim() : entry.license;
      return `${path.replace(/^.*node_modules\//, '')} ${entry.version}\n\n${text}\n`;
    });
  writeFileSync(join(target, 'licences.txt'), texts.join(`\n${'-'.repeat(72)}\n\n`));
}

/// What an earlier build made. Other files there are copies of the plugin's own and stay.
function removeBuilt(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (/\.(js|css)(\.gz|\.br)?$/.test(name)) rmSync(join(folder, name));
  }
}

await withLock(() => {
  install(web);
  vite('vite.config.ts', { TRELLIS_WEB_OUT: out });
  writeLicences(web, out);
  compress(out);
  if (!pluginsOut) return;
  for (const { id, folder } of pluginParts()) {
    install(folder);
    const target = join(pluginsOut, id, 'ui');
    removeBuilt(target);
    vite('vite.plugins.config.ts', { TRELLIS_PLUGIN_UI: folder, TRELLIS_PLUGIN_OUT: target });
    if (existsSync(join(folder, 'package-lock.json'))) writeLicences(folder, target);
    compress(target);
  }
});
