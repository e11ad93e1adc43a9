import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** One call of a program that stands in for a hypervisor's. */
export interface Call {
  /** All arguments, to the last one. */
  readonly args: readonly string[];
  /** What it prints. */
  readonly prints?: string;
  /** A console that the program serves at this path, beside the calls that follow. */
  readonly serves?: string;
  readonly status?: number;
}

/**
 * The program: it takes the calls in their order and with exactly these arguments, and refuses every other one. One that is the
 * machine itself gives its input back until `halt`.
 */
const PROGRAM = `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const net = require('node:net');
const folder = __dirname + '/..';
const calls = JSON.parse(readFileSync(folder + '/calls.json', 'utf8'));
const args = process.argv.slice(2);
if (args[0] === 'serve') {
  net.createServer((socket) => {
    socket.write('guest: ready\\n');
    socket.on('data', (text) => socket.write('guest: ' + text)).on('error', () => undefined);
  }).listen(args[1]);
  setTimeout(() => process.exit(), 20_000);
} else {
  const count = existsSync(folder + '/count') ? Number(readFileSync(folder + '/count', 'utf8')) : 0;
  writeFileSync(folder + '/count', String(count + 1));
  const call = calls[count];
  const expected = call && JSON.stringify(call.args);
  if (expected !== JSON.stringify(args)) {
    appendFileSync(folder + '/wrong', 'call ' + count + ': ' + JSON.stringify(args) + '\\nexpected ' + expected + '\\n');
    console.error('wrong arguments');
    process.exit(64);
  }
  if (call.serves) {
    spawn(process.execPath, [__filename, 'serve', call.serves], { detached: true, stdio: 'ignore' }).unref();
    while (!existsSync(call.serves)) spawnSyncSleep();
  }
  process.stdout.write(call.prints || '');
  if (call.status) console.error('the program has failed');
  process.exitCode = call.status || 0;
}
function spawnSyncSleep() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}
`;

/** Puts programs that stand in on the PATH, and gives what they were called with that was wrong. */
export function standIn(
  folder: string,
  names: readonly string[],
  calls: readonly Call[],
): { readonly wrong: () => string; readonly count: () => number; readonly restore: () => void } {
  mkdirSync(join(folder, 'bin'));
  for (const name of names) {
    writeFileSync(join(folder, 'bin', name), PROGRAM);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  writeFileSync(join(folder, 'calls.json'), JSON.stringify(calls));
  const before = process.env.PATH;
  process.env.PATH = `${join(folder, 'bin')}${delimiter}${before}`;
  const read = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return {
    wrong: () => read('wrong'),
    count: () => Number(read('count')),
    restore: () => void (process.env.PATH = before),
  };
}
