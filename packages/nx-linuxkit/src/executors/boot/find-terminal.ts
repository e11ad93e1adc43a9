import { openSync, readFileSync, readlinkSync } from 'node:fs';
import { WriteStream } from 'node:tty';
import type { ExecutorContext } from '@nx/devkit';
import type { Terminal } from '@nx-linuxkit/machine';

/** The terminal of this process, by the names that Unix and Windows have for it. */
const SCREEN = process.platform === 'win32' ? '\\\\.\\CONOUT$' : '/dev/tty';

/**
 * Returns the terminal that a machine may have; undefined where its console goes to a log, a pipe or the output of several
 * machines. Nx's terminal UI gives each task a terminal of its own. Otherwise a task shares standard input with Nx, and
 * its output is a pipe to Nx, which would begin a new line after each key: so the terminal is opened anew.
 */
export function findTerminal(context: Pick<ExecutorContext, 'taskGraph'>): Terminal | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY) return undefined;
  if (stdout.isTTY) return { input: stdin, output: stdout };
  if (!isOnlyMachine(context) || !isInForeground() || !nxWritesToTerminal()) return undefined;
  try {
    return { input: stdin, output: new WriteStream(openSync(SCREEN, 'w')) };
  } catch {
    return undefined;
  }
}

/** Two machines would take turns in getting keys. */
function isOnlyMachine({ taskGraph }: Pick<ExecutorContext, 'taskGraph'>): boolean {
  return Object.values(taskGraph?.tasks ?? {}).filter(({ continuous }) => continuous).length <= 1;
}

/**
 * Whether the shell gave this process the terminal. One in the background (`nx boot my-os &`) would be stopped when it
 * changes the terminal. Only Linux tells without another program; elsewhere the answer is yes.
 */
function isInForeground(): boolean {
  try {
    // The fields of proc_pid_stat(5) from the third one on; the second one, a name in brackets, may hold spaces.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [, , processGroup, , , foregroundGroup] = fields;
    return processGroup === foregroundGroup;
  } catch {
    return true;
  }
}

/** Whether Nx, our parent, shows its output to a person. Only Linux tells; elsewhere the answer is yes. */
function nxWritesToTerminal(): boolean {
  try {
    return /^\/dev\/(pts\/|tty|console)/.test(readlinkSync(`/proc/${process.ppid}/fd/1`));
  } catch {
    return true;
  }
}
