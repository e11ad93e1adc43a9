import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workspace } from './workspace.js';

/** Milliseconds for a line of Nx: an emulated machine of `nx dev` comes up in 15 s on a quiet host. */
const PATIENCE = 300_000;

/** A command of Nx that runs until it is ended, without a terminal. */
export class RunningNx {
  private output = '';
  private position = 0;
  private code: number | null | undefined;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.once('exit', (code) => (this.code = code));
  }

  static start(workspace: Workspace, ...args: string[]): RunningNx {
    const nx = workspace.path('node_modules/.bin/nx');
    const options = { cwd: workspace.dir, env: workspace.env, detached: true };
    return new RunningNx(
      `nx ${args[0]}`,
      spawn(process.execPath, [nx, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Waits for a text behind what an earlier call has found. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const limit = Date.now() + PATIENCE;
    for (;;) {
      const rest = this.output.slice(this.position);
      const found = pattern.exec(rest);
      if (found) {
        this.position += found.index + found[0].length;
        return found;
      }
      if (this.code !== undefined || Date.now() > limit)
        throw new Error(
          `${this.name} ended with ${this.code} or is late, without ${pattern}:\n${rest.slice(-6000)}`,
        );
      await sleep(20);
    }
  }

  /** All that it has printed so far. */
  said(): string {
    return this.output;
  }

  async stop(): Promise<void> {
    if (this.code === undefined && this.child.pid) process.kill(-this.child.pid, 'SIGTERM');
    while (this.code === undefined) await sleep(20);
  }
}
