import { execFileSync } from 'node:child_process';

/** Processes of workers that work for a workspace; they are found by their folder. */
export function workersOf(dir: string): number[] {
  const list = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  const lines = list.split('\n').filter((line) => line.includes('cache/dist/worker/worker.js'));
  return lines.filter((line) => line.includes(dir.replace(/\/[^/]+$/, ''))).map((line) => parseInt(line, 10));
}

/** Ends a process; 1 if it was there. */
export function killed(pid: number): 0 | 1 {
  try {
    process.kill(pid, 'SIGKILL');
    return 1;
  } catch {
    return 0;
  }
}
