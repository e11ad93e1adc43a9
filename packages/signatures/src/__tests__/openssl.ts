import { spawnSync } from 'node:child_process';

/** Runs openssl, the second opinion on keys and signatures; its output, or its complaint as an error. */
export function openssl(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(stderr || stdout);
  return stdout;
}
