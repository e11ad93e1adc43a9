import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import {
  boot,
  channelArguments,
  makeStateFolder,
  openChannel,
  type BootOptions,
  type Interrupt,
  type RunningMachine,
} from '@nx-linuxkit/machine';
import { AGENT_PORT, writeDevInitrd } from '@nx-linuxkit/stages/dev';
import { QUICKEST } from '../../inference/boot-targets.js';
import { announce } from '../boot/announce.js';
import type { BootableSystem } from '../boot/bootable-system.js';
import { openConsole, type Console } from '../boot/console.js';
import { Guest } from './guest.js';

/** A machine that runs a system with the agent, and where a person sees it. */
export interface DevMachine {
  readonly machine: RunningMachine;
  readonly screen: Console;
  /** Undefined where the machine ended at once. */
  readonly guest: Guest | undefined;
  /** Aborts when the machine has ended. */
  readonly ended: AbortSignal;
  /** Ends the machine, or cleans up after one that has ended. */
  stop(): Promise<void>;
}

/** Boots a system that was made, with the agent behind its initrd. */
export async function startDevMachine(
  { os, target }: BootableSystem,
  { interrupt, ...options }: Omit<BootOptions, 'medium'> & { readonly interrupt: Interrupt },
  context: ExecutorContext,
): Promise<DevMachine> {
  const { medium } = target;
  if (medium.kind !== 'kernel' || medium.initrd === undefined) throw new Error(`${QUICKEST} has no initrd`);
  const state = join(context.root, '.linuxkit', 'dev', os.name);
  const initrd = join(state, 'initrd.img');
  await makeStateFolder(state);
  await writeDevInitrd(medium.initrd, initrd);
  // The path of a socket has 107 characters at most, which a workspace's own may not leave.
  const sockets = mkdtempSync(join(tmpdir(), 'nx-linuxkit-dev-'));
  const clean = () => rmSync(sockets, { recursive: true, force: true });
  process.once('exit', clean);
  const socket = join(sockets, 'port');
  const ended = new AbortController();
  const machine = await boot({
    ...{ state, ...target, ...options },
    medium: { ...medium, initrd },
    args: [...channelArguments(AGENT_PORT, socket), ...(options.args ?? [])],
  });
  void machine.exited.then(() => ended.abort());
  const screen = openConsole(machine, interrupt, context);
  for (const port of machine.ports) void announce(port, screen, ended.signal);
  const channel = await openChannel(socket, ended.signal);
  const stop = async () => {
    channel?.close();
    await machine.stop();
    screen.disconnect();
    process.off('exit', clean);
    clean();
  };
  return { machine, screen, guest: channel && new Guest(channel), ended: ended.signal, stop };
}
