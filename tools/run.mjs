// Runs the programs of the set-up. A signal ends them first and this process after them, so that the clean-up of
// `process.once('exit', …)` runs then too. A synchronous spawn would let no handler run.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const running = new Set();
let received;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of SIGNALS) {
  process.on(signal, () => {
    received = signal;
    for (const child of running) child.kill(signal);
    exitIfInterrupted();
  });
}

/** Resolves with the exit status of a program, which is 1 if a signal ended it. */
export async function run(command, args, options = {}) {
  const { status } = await start(command, args, { stdio: 'inherit', ...options });
  return status;
}

/** As `run`, and collects standard output, which is shown as well. */
export function runAndCollect(command, args, options = {}) {
  return start(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
}

function start(command, args, options) {
  // npm is a batch file on Windows.
  const shell = process.platform === 'win32' && command === 'npm';
  const child = spawn(command, args, { ...options, shell });
  running.add(child);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve) => {
    const end = (status, signal) => {
      running.delete(child);
      // A terminal sends a signal to all programs at once, and this process may hear of the end of another one first.
      if (SIGNALS.includes(signal)) received ??= signal;
      exitIfInterrupted();
      if (received === undefined) resolve({ status: status ?? 1, output });
    };
    child.once('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}`);
      end(1);
    });
    child.once('close', end);
  });
}

function exitIfInterrupted() {
  if (received !== undefined && running.size === 0) process.exit(128 + constants.signals[received]);
}
