import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * QEMU closes its files and restores the terminal within milliseconds of SIGTERM, so three seconds mean it hangs.
 */
const GRACE_MS = 3000;

const running = new Set<ChildProcess>();
const restorers = new Set<() => void>();

/** Calls `restore` before this process ends, by itself or by a signal. Returns a function that takes this back. */
export function beforeEnd(restore: () => void): () => void {
  if (isIdle()) listen();
  restorers.add(restore);
  return () => {
    restorers.delete(restore);
    if (isIdle()) unlisten();
  };
}

const isIdle = (): boolean => running.size === 0 && restorers.size === 0;

/**
 * Starts a program that must not outlive this process. Listeners end it when this process exits or gets a signal. A
 * watchdog process ends it after SIGKILL, when no code of this process runs.
 */
export function spawnTied(
  program: string,
  args: readonly string[],
  options: Parameters<typeof spawn>[2] & object,
): ChildProcess {
  const child = spawn(program, args, options);
  if (child.pid === undefined) return child;
  if (isIdle()) listen();
  running.add(child);
  const watchdog = startWatchdog(child.pid);
  child.once('exit', () => {
    watchdog?.kill('SIGKILL');
    running.delete(child);
    if (isIdle()) unlisten();
  });
  return child;
}

/** Ends the child by SIGTERM, or by SIGKILL if it does not end in time, and waits for its exit. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(force);
}

/**
 * Starts a shell that reads from a pipe which only this process holds open. The end of the pipe means that this
 * process has ended, and the shell then ends the child. The shell has its own session, so that Ctrl-C in the
 * terminal does not reach it. Windows has no such shell; there only the listeners below end the child.
 */
function startWatchdog(pid: number): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const script = 'read -r line; kill -TERM "$0" 2>/dev/null && sleep 2 && kill -KILL "$0" 2>/dev/null';
  const watchdog = spawn('/bin/sh', ['-c', script, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => undefined);
  watchdog.stdin?.on('error', () => undefined);
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return watchdog;
}

function endAll(): void {
  for (const restore of restorers) restore();
  for (const child of running) child.kill('SIGTERM');
}

/** Ends all children. If there is no other listener, the signal then ends this process, as it would without ours. */
function onSignal(signal: NodeJS.Signals): void {
  endAll();
  if (process.listenerCount(signal) > 1) return;
  unlisten();
  process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', endAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', endAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
