import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** QEMU closes its files and restores the terminal on SIGTERM, within milliseconds. */
const GRACE_MS = 3000;

const running = new Set<ChildProcess>();

/**
 * Starts a program that must not outlive this process, however this process ends: by returning (`exit`), by a
 * signal, or by SIGKILL, where none of our code runs and only the watchdog is left to act.
 */
export function spawnTied(
  program: string,
  args: readonly string[],
  options: Parameters<typeof spawn>[2] & object,
): ChildProcess {
  const child = spawn(program, args, options);
  if (child.pid === undefined) return child;
  if (running.size === 0) listen();
  running.add(child);
  const watchdog = startWatchdog(child.pid);
  child.once('exit', () => {
    watchdog?.kill('SIGKILL');
    running.delete(child);
    if (running.size === 0) unlisten();
  });
  return child;
}

/** Ends the child, with force if it does not go. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(force);
}

/**
 * A shell in a session of its own (Ctrl-C in our terminal does not reach it) that reads from a pipe which only
 * this process holds open: end of file means that this process is gone. Windows has no such shell; there the
 * listeners below are all there is.
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
  for (const child of running) child.kill('SIGTERM');
}

/** Where nobody else listens, a signal must still end this process as it would have without us. */
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
