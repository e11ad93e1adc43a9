import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Seconds until dockerd answers. It takes two on an idle machine. */
const START_LIMIT = 60;

export interface Dockerd {
  /** Holds the socket and the data of the daemon, and takes files of the test. */
  readonly dir: string;
  readonly socketPath: string;
  /** Runs a command of the client, and returns what it prints. */
  docker(args: readonly string[], input?: Buffer): string;
  stop(): Promise<void>;
}

/** Starts a real dockerd on a socket of its own, without network. Needs root and Debian's docker.io. */
export async function startDockerd(): Promise<Dockerd> {
  const dir = mkdtempSync(join(tmpdir(), 'e2e-docker-'));
  const socketPath = join(dir, 'docker.sock');
  const folders = { 'data-root': 'data', 'exec-root': 'exec', pidfile: 'pid' };
  const daemon = spawn(
    'dockerd',
    [
      ...['--host', `unix://${socketPath}`, '--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...Object.entries(folders).flatMap(([option, name]) => [`--${option}`, join(dir, name)]),
    ],
    { stdio: 'ignore' },
  );
  const docker = (args: readonly string[], input?: Buffer) =>
    execFileSync('docker', ['-H', `unix://${socketPath}`, ...args], {
      encoding: 'utf8',
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trim();
  const stop = async () => {
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    if (daemon.exitCode === null && daemon.kill('SIGTERM')) await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  const answers = () => {
    try {
      return existsSync(socketPath) && docker(['version']) !== '';
    } catch {
      return false;
    }
  };
  for (let tries = 0; !answers(); tries += 1) {
    if (tries === START_LIMIT * 10 || daemon.exitCode !== null) {
      await stop();
      throw new Error(`dockerd does not answer (exit status ${daemon.exitCode})`);
    }
    await sleep(100);
  }
  return { dir, socketPath, docker, stop };
}
