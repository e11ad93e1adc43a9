import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TPM for one guest: what QEMU is called with, and how it ends. */
export interface Tpm {
  readonly args: readonly string[];
  /** Ends it. An swtpm removes its socket when it ends, so the next start in the folder has to wait for it. */
  stop(): Promise<void>;
}

/** Starts Debian's swtpm, which keeps its state in a folder. A later start with the same folder is the same TPM. */
export async function startTpm(folder: string, version: '1.2' | '2.0' = '1.2'): Promise<Tpm> {
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'socket');
  // What a killed one has left is not the sign that this one is ready.
  rmSync(socket, { force: true });
  const tpm: ChildProcess = spawn(
    'swtpm',
    [
      'socket',
      ...(version === '2.0' ? ['--tpm2'] : []),
      ...['--tpmstate', `dir=${folder}`, '--ctrl', `type=unixio,path=${socket}`],
    ],
    { stdio: 'ignore' },
  );
  const ended = once(tpm, 'exit');
  for (let left = 100; !existsSync(socket); left--) {
    if (left === 0 || tpm.exitCode !== null) throw new Error('swtpm did not start');
    await sleep(100);
  }
  const args = ['-chardev', `socket,id=tpm,path=${socket}`, '-tpmdev', 'emulator,id=tpm0,chardev=tpm'];
  const stop = async (): Promise<void> => {
    tpm.kill();
    await ended;
  };
  return { args: [...args, '-device', 'tpm-tis,tpmdev=tpm0'], stop };
}
