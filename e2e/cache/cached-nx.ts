import { join } from 'node:path';
import { runProcess } from '../workspace/nx-run.js';
import type { Workspace } from '../workspace/workspace.js';

/** What the last line of the wrapper says. */
export interface CachedRun {
  readonly code: number | null;
  readonly output: string;
  /** `2 of 3 restored (1.0 MB down), 1 of 1 stored (2.0 kB up)`, and a problem. */
  readonly line: string;
  readonly restored: number;
  readonly asked: number;
  readonly stored: number;
  readonly sent: number;
}

/** Runs `nx-linuxkit-cache … -- nx …` in a workspace. */
export async function cachedNx(
  workspace: Workspace,
  flags: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CachedRun> {
  const bin = (name: string) => join(workspace.dir, 'node_modules/.bin', name);
  const nx = [process.execPath, bin('nx'), ...args, '--output-style=static'];
  const { code, output } = await runProcess(
    process.execPath,
    [bin('nx-linuxkit-cache'), ...flags, '--', ...nx],
    { cwd: workspace.dir, env: { ...workspace.env, ...env } },
  );
  const line = /^nx-linuxkit-cache: (.*)$/m.exec(output)?.[1] ?? '';
  const [, restored, asked] = /(\d+) of (\d+) restored/.exec(line) ?? [];
  const [, stored, sent] = /(\d+) of (\d+) stored/.exec(line) ?? ['', '0', '0'];
  return {
    code,
    output,
    line,
    restored: Number(restored),
    asked: Number(asked),
    stored: Number(stored),
    sent: Number(sent),
  };
}

/** Bytes that a run sent and received, by what its last line says. */
export function traffic({ line }: Pick<CachedRun, 'line'>): { up: number; down: number } {
  const bytes = (pattern: RegExp) => {
    const [, value, unit] = pattern.exec(line) ?? ['', '0', 'B'];
    return Number(value) * 1000 ** ['B', 'kB', 'MB', 'GB'].indexOf(unit);
  };
  return { up: bytes(/\(([\d.]+) (\w+) up\)/), down: bytes(/\(([\d.]+) (\w+) down\)/) };
}
