// One process and all that it starts: how long, how much CPU and memory, how many bytes written.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** GNU time reports wait4's usage: sums over the process and its children, of memory the largest process. */
const TIME = '/usr/bin/time';
const FORMAT = '%U %S %M %O';
/** wait4 counts what is written in sectors. */
const SECTOR = 512;
/** Milliseconds for one command. The slowest, a cold build, takes a minute on a machine that is busy with other things. */
const LIMIT = 600_000;

export async function measure(command, args, { cwd, env } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const report = join(folder, 'time');
  const started = performance.now();
  const child = spawn(TIME, ['-f', FORMAT, '-o', report, command, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LIMIT);
  try {
    // Not `close`: a daemon keeps the pipes open.
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
    const wall = (performance.now() - started) / 1000;
    const [user, system, rss, written] = readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .at(-1)
      .split(' ')
      .map(Number);
    return { code, output, wall, cpu: user + system, rss: rss * 1024, written: written * SECTOR };
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted.length === 0 ? undefined : sorted[(sorted.length - 1) >> 1];
}
