import { spawn } from 'node:child_process';

export interface TaskResult {
  readonly taskId: string;
  readonly cacheStatus: 'cache-miss' | 'local-cache-hit' | 'remote-cache-hit';
  /** Exit code; absent for a task that was not run. */
  readonly status?: number;
}

/** What one `nx` command did. */
export class NxRun {
  constructor(
    readonly code: number | null,
    readonly output: string,
    private readonly tasks: readonly TaskResult[],
    readonly seconds: number,
  ) {}

  /** Stages and what they wait for that ran, the digest in their name replaced: `oci/web-amd64:pull`. */
  get executed(): string[] {
    return this.named(
      ({ cacheStatus, taskId }) => cacheStatus === 'cache-miss' && !/:(build|lock)$/.test(taskId),
    );
  }

  /** All that ran, `build` too. */
  get ran(): string[] {
    return this.named(({ cacheStatus }) => cacheStatus === 'cache-miss');
  }

  get cached(): string[] {
    return this.named(({ cacheStatus }) => cacheStatus !== 'cache-miss');
  }

  get failed(): string[] {
    return this.named(({ status }) => status !== 0);
  }

  /** Projects whose `build` ran. */
  get built(): string[] {
    return this.named(({ taskId }) => taskId.endsWith(':build'))
      .map((id) => id.slice(0, -':build'.length))
      .sort();
  }

  /** The log lines by which stages tell what they really did; none from a task that found its result. */
  get work(): string[] {
    let replayed = false;
    return this.output.split('\n').flatMap((line) => {
      // What a cached task said when it ran is printed again.
      if (TASK_HEADER.test(line)) replayed = REPLAYED.test(line);
      return !replayed && STAGE_LINE.test(line) ? [line.trim()] : [];
    });
  }

  /** How many parts of layers were compressed. */
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
  return name.replace(/-[0-9a-f]{12}(?=-amd64|-arm64)/, '');
}

/** Runs a program to its end, or kills it and all that it started at the time limit. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal?: AbortSignal; uid?: number },
): Promise<{ code: number | null; output: string }> {
  const { signal, ...rest } = options;
  const child = spawn(command, args, { ...rest, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const kill = () => child.pid && process.kill(-child.pid, 'SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const timer = setTimeout(kill, TIME_LIMIT);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      // Not `close`: a daemon keeps the pipes open.
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

/** Of one nx command: on a busy machine a forked build takes a minute. */
const TIME_LIMIT = 240_000;
