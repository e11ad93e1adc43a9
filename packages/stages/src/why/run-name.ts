import { readFileSync } from 'node:fs';

/** Builds that this process has run without Nx. */
let builds = 0;

/**
 * Names the run that a build belongs to. Nx starts a process for each batch, which names its ancestors, and all of them are
 * one run; without Nx each build is a run of its own. The time at which a process started tells apart those that had the
 * same number.
 */
export function runName(): string {
  const ancestors = (process.env.NX_INVOCATION_ANCESTOR_PIDS ?? '').split(',').map(Number);
  if (ancestors.at(-1) === process.ppid) return `${process.ppid}-${startOf(process.ppid)}`;
  builds += 1;
  return `${process.pid}-${startOf(process.pid)}-${builds}`;
}

/** The 22nd word of Linux's `/proc/<pid>/stat`, in clock ticks since the machine started; '' elsewhere. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second word is the program's name in parentheses, which may have spaces.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}
