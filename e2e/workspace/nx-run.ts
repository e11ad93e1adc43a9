import { spawn } from 'node:child_process';

export interface TaskResult {
  readonly taskId: string;
  readonly cacheStatus: 'cache-miss' | 'local-cache-hit' | 'remote-cache-hit';
  /** Exit code; absent for a task that was not run. */
  readonly status?: number;
}

/** The result of one `nx` command. */
export class NxRun {
  constructor(
    readonly code: number | null,
    readonly output: string,
    private readonly tasks: readonly TaskResult[],
    readonly seconds: number,
  ) {}

  /** Tasks that ran, without `build` and `lock`, and without the digest in their names: `oci@web:pull-image`. */
  get executed(): string[] {
    return this.named(
      ({ cacheStatus, taskId }) => cacheStatus === 'cache-miss' && !/:(build|lock)$/.test(taskId),
    );
  }

  /** All tasks that ran, with `build`. */
  get ran(): string[] {
    return this.named(({ cacheStatus }) => cacheStatus === 'cache-miss');
  }

  get cached(): string[] {
    return this.named(({ cacheStatus }) => cacheStatus !== 'cache-miss');
  }

  get failed(): string[] {
    return this.named(({ status }) => status !== 0);
  }

  /** Projects whose `build` ran or was found. */
  get built(): string[] {
    return this.named(({ taskId }) => taskId.endsWith(':build'))
      .map((id) => id.slice(0, -':build'.length))
      .sort();
  }

  /** Log lines of stages that did work. A task that found its result has none. */
  get work(): string[] {
    let replayed = false;
    return this.output.split('\n').flatMap((line) => {
      // Nx prints the log of a cached task again.
      if (TASK_HEADER.test(line)) replayed = REPLAYED.test(line);
      return !replayed && STAGE_LINE.test(line) ? [line.trim()] : [];
    });
  }

  /** The number of parts of layers that were compressed. */
  get partsMade(): number {
    return this.work.reduce((sum, line) => sum + Number(/ (\d+) made/.exec(line)?.[1] ?? 0), 0);
  }

  private named(wanted: (task: TaskResult) => boolean): string[] {
    return this.tasks
      .filter(wanted)
      .map(({ taskId }) => withoutDigest(taskId))
      .sort();
  }
}

const TASK_HEADER = /^(>|✔|✖)? *nx run \S+:\S+/;
const REPLAYED = /\[(local cache|remote cache|existing outputs match the cache)/;
const STAGE_LINE =
  /^\s*(pull|image|extract|segment|oci-config|initramfs|kernel\+initrd|tar) \S.*, \d+\.\d\d s$/;

export function withoutDigest(name: string): string {
  return name.replace(/(?<=^oci@[^@:]+)-[0-9a-f]{7}(?=[@:]|$)/, '');
}

/** Runs a program to its end. At the time limit, or when `signal` aborts, kills it and all that it started. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal?: AbortSignal; uid?: number; timeLimit?: number },
): Promise<{ code: number | null; output: string }> {
  const { signal, timeLimit = TIME_LIMIT, ...rest } = options;
  const child = spawn(command, args, { ...rest, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const kill = () => child.pid && process.kill(-child.pid, 'SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const timer = setTimeout(kill, timeLimit);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      // `close` would wait for a daemon, which keeps the pipes open.
      child.once('exit', (value) => setTimeout(() => resolve(value), 20));
    });
    return { code, output };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Milliseconds for one nx command. On a busy machine a forked build takes a minute. */
const TIME_LIMIT = 240_000;
