// Compares `transcode` with `rewrite` for random edits of random inputs; src/__tests__/fuzz.ts describes a seed:
//
//   node packages/deflate/fuzz.mjs --seeds=1000-10999 [--threads=2]
//
// Every thread takes the next seed when it has finished one. The program ends at the first seed that fails, crashes or
// hangs, and names it. It needs `npm run build`. Jest would take 2.2 times as long for async generators and globals.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileFunction } from 'node:vm';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { transformSync } from '@swc/core';

/**
 * A seed takes 11 ms, so one that is the same in six checks, over a minute, hangs. One check after a minute would also
 * catch a process that was merely stopped for a while.
 */
const LOOK_EVERY = 10_000;
const LOOKS = 6;
const here = dirname(fileURLToPath(import.meta.url));
const nodeRequire = createRequire(import.meta.url);

async function main() {
  const options = { seeds: { type: 'string' }, threads: { type: 'string' } };
  const { seeds = '', threads = availableParallelism() } = parseArgs({ options }).values;
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(seeds) ?? []).map(Number);
  if (!(first <= last)) throw new Error(`expected --seeds=first-last, got --seeds=${seeds}`);
  const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + Number(threads))));
  shared[0] = first;
  await Promise.all(Array.from(shared.subarray(1), (_, thread) => runThread({ shared, last, thread })));
  console.log(`seeds ${first} to ${last}: all pass`);
}

/** `shared` holds the next free seed, and behind it the current seed of each thread. */
function runThread({ shared, last, thread }) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { shared, last, thread } });
  return new Promise((resolve, reject) => {
    const fail = (what, cause) => {
      const seed = shared[1 + thread];
      const alone = `node packages/deflate/fuzz.mjs --seeds=${seed}-${seed}`;
      reject(new Error(`seed ${seed} ${what}: ${alone}`, { cause }));
    };
    const watch = watchFor(
      () => shared[1 + thread],
      () => fail('hangs'),
    );
    worker.once('error', (error) => fail('fails', error));
    // A promise that never settles ends a thread as well, with another status than 0.
    worker.once('exit', (status) => {
      clearInterval(watch);
      if (status === 0) resolve();
      else fail(`ends with status ${status}`);
    });
  });
}

/** Calls `hangs` when the seed stays the same for a minute. */
function watchFor(seed, hangs) {
  let seen;
  let looks = 0;
  return setInterval(() => {
    looks = seen === seed() ? looks + 1 : 0;
    if (looks === LOOKS) hangs();
    seen = seed();
  }, LOOK_EVERY);
}

async function runSeeds({ shared, last, thread }) {
  const { checkSeed } = loadTestSource('fuzz.ts');
  for (let seed; (seed = Atomics.add(shared, 0, 1)) <= last;) {
    shared[1 + thread] = seed;
    await checkSeed(seed);
  }
}

const loaded = new Map();

/** Loads a TypeScript source of the tests, but with the published code in `dist` as the package under test. */
function loadTestSource(name) {
  if (loaded.has(name)) return loaded.get(name);
  const filename = join(here, 'src', '__tests__', name);
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const require = (wanted) => {
    if (wanted.startsWith('./')) return loadTestSource(wanted.slice(2).replace(/js$/, 'ts'));
    return nodeRequire(wanted === '../index.js' ? './dist/index.js' : wanted);
  };
  const exports = {};
  loaded.set(name, exports);
  compileFunction(code, ['exports', 'require'], { filename })(exports, require);
  return exports;
}

if (isMainThread) await main();
else await runSeeds(workerData);
