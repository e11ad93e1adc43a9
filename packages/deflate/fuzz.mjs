// Random edits of random inputs, compared with the ordinary path; src/__tests__/fuzz.ts has what a seed is:
//
//   node packages/deflate/fuzz.mjs --seeds=1000-10999 [--threads=2]
//
// Every thread takes the next seed when it is done with one. Ends at the first seed that fails, crashes or hangs, and
// names it. Needs `npm run build`. Not in Jest, where async generators and globals take 2.2 times as long.
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

/** A seed takes 11 ms. A minute in six looks, so that a process that was stopped for long is not taken for one that hangs. */
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

/** `shared` has the next seed that no thread has, and what each thread is at. */
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
    // A promise that nobody settles ends a thread too, with another status than 0.
    worker.once('exit', (status) => {
      clearInterval(watch);
      if (status === 0) resolve();
      else fail(`ends with status ${status}`);
    });
  });
}

/** Calls `hangs` when the seed stays the same. */
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

/** The tests' own parts are TypeScript only; what they test is what is published. */
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
