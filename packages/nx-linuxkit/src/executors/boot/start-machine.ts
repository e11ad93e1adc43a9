import type { ExecutorContext } from '@nx/devkit';
import {
  DEFAULT_MEMORY,
  boot,
  bootOn,
  findHypervisor,
  hypervisorFailure,
  qemuFailure,
  resolvePorts,
  type Architecture,
  type BootOptions,
  type Hypervisor,
} from '@nx-linuxkit/machine';
import { QUICKEST } from '../../inference/boot-targets.js';
import { OptionError } from '../options/error.js';
import { stateOf, type BootedSystem, type StartedMachine } from './bootable.js';
import { machineName } from './machine-name.js';
import { prepareBoot } from './prepare-boot.js';
import { userDataDisk, type UserData } from './user-data.js';

/** What a machine is started with. */
export type StartOptions = Omit<BootOptions, 'medium'> &
  UserData & {
    /** Options of a cloud. */
    readonly with?: Readonly<Record<string, unknown>>;
  };

/** Makes or fetches the system, and starts it in QEMU. */
export async function startInQemu(
  system: BootedSystem,
  { data, dataFile, dataDisk, with: _, ...options }: StartOptions,
  context: ExecutorContext,
): Promise<StartedMachine> {
  const booted = await prepareBoot(system, options, context);
  const state = stateOf(booted, context);
  const cd = await userDataDisk({ data, dataFile, dataDisk }, { name: booted.name, state }, context);
  const cds = [...(options.cds ?? []), ...(cd === undefined ? [] : [cd])];
  return { machine: await boot({ state, ...booted.target, ...options, cds }), failure: qemuFailure };
}

/** Options of QEMU, which other programs do not have. */
const OF_QEMU = [
  'accel',
  'args',
  'card',
  'cds',
  'disks',
  'diskBus',
  'display',
  'lan',
  'like',
  'machine',
  'qemu',
] as const;

/** Makes or fetches the system, and starts it on a hypervisor or on a cloud. */
export async function startOn(
  on: string,
  system: BootedSystem,
  { data, dataFile, dataDisk, with: given, ...options }: StartOptions,
  context: ExecutorContext,
): Promise<StartedMachine> {
  const { instancePlatforms } = await import('@nx-linuxkit/clouds');
  if (instancePlatforms.includes(on)) {
    const unused = Object.keys(options).filter((name) => isSet(name, options));
    if (unused.length > 0) console.log(`warning: ${on} takes no option ${unused.join(', ')}`);
    const { startOnCloud } = await import('./on-cloud.js');
    return startOnCloud(on, system, { data, dataFile, dataDisk, with: given }, context);
  }
  const hypervisor = findHypervisor(on, instancePlatforms);
  refuseOptions(hypervisor, options);
  const format = formatFor(hypervisor, system);
  const booted = await prepareBoot({ ...system, format }, options, context);
  const state = options.state ?? `${stateOf(booted, context)}-${on}`;
  const { medium, arch = 'amd64' } = booted.target;
  const cd = await userDataDisk({ data, dataFile, dataDisk }, { name: booted.name, state }, context);
  const machine = await bootOn(hypervisor, {
    name: machineName(booted.name),
    medium,
    arch: (options.arch ?? arch) as Architecture,
    memory: options.memory ?? DEFAULT_MEMORY,
    cpus: options.cpus ?? 1,
    state,
    network: options.network ?? 'user',
    ports: await resolvePorts(options.publish ?? []),
    ...(cd !== undefined && { data: cd }),
    ...(options.uefi && { uefi: options.uefi }),
  });
  return { machine, failure: (exit) => hypervisorFailure(hypervisor, exit) };
}

/** What Nx fills in where an option is not given. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  accel: 'tcg',
  card: 'virtio',
  cpus: 1,
  memory: DEFAULT_MEMORY,
  network: 'user',
};

function isSet(name: string, options: object): boolean {
  const value = (options as Record<string, unknown>)[name];
  return value !== undefined && value !== DEFAULTS[name];
}

function refuseOptions({ name, title }: Hypervisor, options: object): void {
  const given = OF_QEMU.filter((option) => isSet(option, options));
  if (given.length === 0) return;
  throw new OptionError('bad-option', `option ${given[0]}: ${title} does not have it`, {
    hint: `Leave it out: --on=${name} knows memory, cpus, network, publish, data and state.`,
  });
}

/** The format that is named. The default one is QEMU's quickest, in whose place comes the hypervisor's best. */
function formatFor({ formats }: Hypervisor, { format = QUICKEST }: BootedSystem): string {
  return format === QUICKEST && !formats.includes(format) ? (formats[0] ?? format) : format;
}
