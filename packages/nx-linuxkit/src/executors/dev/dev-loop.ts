import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, type ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import type { BootOptions, Interrupt, Leave, MachineExit } from '@nx-linuxkit/machine';
import {
  compareSystems,
  openLiveSystem,
  readPlaces,
  updateOf,
  type LiveSystem,
  type SystemChange,
} from '@nx-linuxkit/stages/dev';
import { shortIdentity, type OsIdentity } from '@nx-linuxkit/stages/plan';
import { QUICKEST } from '../../inference/boot-targets.js';
import { bootableSystem } from '../boot/bootable-system.js';
import { buildWhole } from '../build/whole.js';
import { openWorkspace } from '../open-workspace.js';
import { startDevMachine, type DevMachine } from './dev-machine.js';
import { FileWatch } from './watch-files.js';

type LoopOptions = Omit<BootOptions, 'medium'> & { readonly interrupt: Interrupt };

/** How the last machine of a loop ended. */
export interface EndOfLoop {
  readonly exit: MachineExit;
  readonly left: Leave | undefined;
}

/** Keeps a guest as the files of its system are. */
export class DevLoop {
  private readonly watch = new FileWatch();

  private constructor(
    private readonly os: OsIdentity,
    private readonly options: LoopOptions,
    private context: ExecutorContext,
    private system: LiveSystem,
    private running: DevMachine,
  ) {}

  /** Boots the system, which the graph has made. */
  static async start(os: OsIdentity, options: LoopOptions, context: ExecutorContext): Promise<DevLoop> {
    const bootable = await bootableSystem(shortIdentity(os), QUICKEST, options, context);
    const system = await openLocked(os, context);
    const started = performance.now();
    const loop = new DevLoop(os, options, context, system, await startDevMachine(bootable, options, context));
    loop.announceReady(started);
    return loop;
  }

  /** Follows the files until the guest ends by itself or a person ends it. */
  async untilEnded(): Promise<EndOfLoop> {
    try {
      for (;;) {
        this.watch.follow(readPlaces(this.context.root, this.system.plan));
        const { machine, screen } = this.running;
        const exit = await Promise.race([machine.exited, this.watch.changed()]);
        if (exit) return { exit, left: screen.left() };
        await this.takeChange().catch((error) => this.say(describe(error)));
      }
    } finally {
      this.watch.close();
      await this.running.stop();
      await this.system.close();
    }
  }

  /** Makes what has changed, and brings the guest there. What is wrong with the files leaves the guest as it is. */
  private async takeChange(): Promise<void> {
    const started = performance.now();
    this.context = { ...this.context, nxJsonConfiguration: nxJsonOf(this.context) };
    const next = await openLocked(this.os, this.context);
    const before = this.system;
    try {
      const change = await compareSystems(before, next);
      const refused = await this.bring(change, next, started);
      if (refused !== undefined && !this.running.ended.aborted) {
        this.say(`boots again, because ${refused}`);
        await this.reboot();
      }
    } finally {
      this.system = next;
      await before.close();
    }
  }

  /** Replaces services in the running guest. Returns why that is not enough, or undefined. */
  private async bring(
    change: SystemChange,
    { root }: LiveSystem,
    started: number,
  ): Promise<string | undefined> {
    if (change.kind === 'none') return undefined;
    if (change.kind === 'reboot') return change.reason;
    const { guest } = this.running;
    if (!guest) return 'the guest has no agent';
    const made = performance.now();
    const refused = await guest.replace(change.services, await updateOf(change.files, root));
    if (refused !== undefined) return refused;
    this.say(
      `replaced ${change.services.join(', ')} in ${seconds(started)} without a reboot ` +
        `(${seconds(started, made)} to build, ${seconds(made)} in the guest): ${named(change)}`,
    );
    return undefined;
  }

  private async reboot(): Promise<void> {
    const started = performance.now();
    await buildWhole({ os: this.os, formats: [QUICKEST] }, this.context);
    const bootable = await bootableSystem(shortIdentity(this.os), QUICKEST, this.options, this.context);
    // The ports stay the same, also those that were chosen.
    const publish = this.running.machine.ports;
    await this.running.stop();
    this.running = await startDevMachine(bootable, { ...this.options, publish }, this.context);
    this.announceReady(started);
  }

  private announceReady(started: number): void {
    const { guest } = this.running;
    void guest?.ready.then((isReady) => isReady && this.say(`is up after ${seconds(started)}`));
  }

  private say(line: string): void {
    this.running.screen.say(`${this.os.name}: ${line}`);
  }
}

/** Opens a system as its files are; what the lock lacks is locked first. */
async function openLocked(os: OsIdentity, context: ExecutorContext): Promise<LiveSystem> {
  const open = async () => openLiveSystem(await openWorkspace(context), os, () => undefined);
  const system = await open();
  if (system) return system;
  await buildWhole({ os, formats: [QUICKEST] }, context);
  return (await open()) as LiveSystem;
}

/** What nx.json says now. */
function nxJsonOf({ root }: ExecutorContext): ExecutorContext['nxJsonConfiguration'] {
  return parseJson(readFileSync(join(root, 'nx.json'), 'utf8'));
}

/** Names the first file, and how many others have changed. */
function named({ files }: SystemChange & { readonly kind: 'services' }): string {
  const [first, ...others] = files.map(({ path, change }) => `${path} ${change}`);
  return others.length === 0 ? first : `${first}, and ${others.length} more`;
}

function seconds(from: number, to = performance.now()): string {
  return `${((to - from) / 1000).toFixed(1)} s`;
}
