// Gives damaged inputs to a reader; target.ts says what may come of it:
//
//   node e2e/fuzz/fuzz.cjs --target=tar [--inputs=0-19999] [--save=FOLDER]
//
// Input 0 and the next ones are the seeds, and what was once read wrongly. The program ends with status 1 if an input gives anything but a result or a
// listed fault, if it takes longer than 20 s, or if the process grows beyond 1 GiB; it names these inputs, and --save
// writes them to a folder. What was mended goes to kept/<target>/, from where every run reads it first.
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { setInterval } = require('node:timers');
const { parseArgs } = require('node:util');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
require('./typescript.cjs');
const { TARGETS } = require('./targets/index.ts');
const { inputsOf } = require('./inputs.ts');
const { checkInput } = require('./check-input.ts');

/** Milliseconds. An input takes less than one; the rest is for a machine that does other things. */
const LONGEST = 20_000;
/** Bytes. The process itself takes about 200 MiB. */
const MOST_MEMORY = 2 ** 30;
/** Different failures that are shown; each is counted to its end. */
const SHOWN = 10;

function main() {
  const options = { target: { type: 'string' }, inputs: { type: 'string' }, save: { type: 'string' } };
  const { target: name, inputs = '', save } = parseArgs({ options }).values;
  const target = TARGETS.find((one) => one.name === name);
  if (!target) fail(`expected --target= one of ${TARGETS.map((one) => one.name).join(', ')}, got ${name}`);
  const [, first = 0, last = target.sample - 1] = (/^(\d+)-(\d+)$/.exec(inputs) ?? []).map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(module.filename, {
    workerData: { name, first, last, shared, save },
    // Targets make their files in a folder that is removed.
    env: { ...process.env, TMPDIR: folder },
  });
  watch(shared);
  worker.once('message', ({ accepted, failures }) => {
    for (const line of failures) console.log(line);
    const count = `${last - first + 1} inputs, ${accepted} accepted`;
    console.log(
      `${name}: ${count}, ${failures.length === 0 ? 'all pass' : `${failures.length} kinds of failure`}`,
    );
    process.exit(failures.length === 0 ? 0 : 1);
  });
  worker.once('error', (error) => fail(`${name}: input ${shared[0]}: ${error.stack}`));
}

/** Ends the process when one input takes too long, or too much memory. */
function watch(shared) {
  let [seen, since] = [-1, 0];
  setInterval(() => {
    if (seen !== shared[0]) [seen, since] = [shared[0], performance.now()];
    if (performance.now() - since > LONGEST) fail(`input ${seen} takes longer than ${LONGEST} ms`);
    if (process.memoryUsage.rss() > MOST_MEMORY) fail(`input ${seen} takes more than ${MOST_MEMORY} bytes`);
  }, 50);
}

function fail(message) {
  console.log(message);
  process.exit(1);
}

async function run({ name, first, last, shared, save }) {
  const target = TARGETS.find((one) => one.name === name);
  const inputAt = await inputsOf(target);
  const failures = new Map();
  let accepted = 0;
  for (let number = first; number <= last; number++) {
    shared[0] = number;
    const input = inputAt(number);
    try {
      if (await checkInput(target, input)) accepted++;
    } catch (error) {
      note(failures, number, error);
      if (save) {
        mkdirSync(save, { recursive: true });
        writeFileSync(join(save, `${name}-${number}`), input);
      }
    }
  }
  const lines = [...failures.values()].map(
    ({ number, count, text }) => `input ${number} (and ${count - 1} more): ${text}`,
  );
  parentPort.postMessage({ accepted, failures: lines });
}

/** Failures are of one kind when they come from the same line. */
function note(failures, number, error) {
  const text = error.cause ? `${error.stack}\nbecause ${error.cause.stack}` : (error.stack ?? String(error));
  const kind = text.split('\n').slice(0, 2).join('').replace(/\d+/g, '');
  const known = failures.get(kind);
  if (known) known.count++;
  else if (failures.size < SHOWN) failures.set(kind, { number, count: 1, text });
}

if (isMainThread) main();
else run(workerData);
