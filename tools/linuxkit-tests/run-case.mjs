// Runs one case as LinuxKit does: `sh test.sh` in its folder, with `linuxkit` on the PATH.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

/** The status with which a case says that it cannot run here. */
const CANCEL = 253;
/** Characters of the end of a case's output that are kept. */
const KEPT = 4000;

/** The error of our command for a registry that this machine cannot reach. */
const UNREACHABLE = /^error: .*cannot reach ([\w.-]+)/m;

/** What ends this process, and a case with it. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Resolves with `pass`, `fail` or `cannot`, and the reason. `limit` is in seconds. */
export function runCase(folder, { cases, programs, limit }) {
  const env = {
    ...process.env,
    PATH: `${programs}:${process.env.PATH}`,
    RT_PROJECT_ROOT: cases,
    RT_OS: 'linux',
    RT_CANCEL: String(CANCEL),
  };
  // A group of its own, so that a machine ends with its case. Cases open /dev/stderr, which fails for a socket of
  // Node, so that their output is a pipe of the shell.
  const child = spawn('bash', ['-o', 'pipefail', '-c', 'sh ./test.sh 2>&1 | cat'], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output = (output + chunk.toString('latin1')).slice(-KEPT)));
  const interrupted = () => {
    end(child.pid);
    process.exit(1);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end(child.pid);
  }, limit * 1000);
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, interrupted);
      if (status === 0) resolve({ verdict: 'pass' });
      else if (status === CANCEL) resolve({ verdict: 'cannot', reason: 'it cancels itself' });
      else if (UNREACHABLE.test(output))
        resolve({
          verdict: 'cannot',
          reason: `it needs ${UNREACHABLE.exec(output)[1]}, which cannot be reached`,
        });
      else
        resolve({
          verdict: 'fail',
          reason: isLate ? `no end within ${limit} s` : `status ${status}`,
          output,
        });
    });
  });
}

function end(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The name of a case: its folder below that of all cases. */
export function caseName(script, cases) {
  return dirname(script).slice(join(cases, '/').length);
}
