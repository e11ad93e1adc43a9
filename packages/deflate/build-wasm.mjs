// Compiles assembly/ to dist/transcode.wasm, unless the same sources, options and compiler have made that file already.
// The compiler gives the same bytes for the same input.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = dirname(fileURLToPath(import.meta.url));
const compilerManifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');
const compiler = join(dirname(compilerManifest), 'bin', 'asc.js');
const wasm = join(home, 'dist', 'transcode.wasm');
const keyFile = `${wasm}.key`;

const sources = readdirSync(join(home, 'assembly'))
  .sort()
  .map((name) => join(home, 'assembly', name));
const hash = createHash('sha256');
for (const file of [compilerManifest, join(home, 'asconfig.json'), ...sources]) {
  hash.update(readFileSync(file)).update('\0');
}
const key = hash.digest('hex');

if (!existsSync(wasm) || !existsSync(keyFile) || readFileSync(keyFile, 'utf8') !== key) {
  mkdirSync(dirname(wasm), { recursive: true });
  const { status } = spawnSync(process.execPath, [compiler, '--config', 'asconfig.json'], {
    cwd: home,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(keyFile, key);
}
