import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ReadStream, WriteStream } from 'node:tty';
import {
  boot,
  connectTerminal,
  makeStateFolder,
  parseDisk,
  type Architecture,
  type BootMedium,
  type BootOptions,
  type ExtraDisk,
  type Network,
  type RunningMachine,
} from '@nx-linuxkit/machine';
import type { MetadataDisk } from '@nx-linuxkit/disk';
import { referenceOfUrl } from '@nx-linuxkit/oci';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { architectureOf } from '../../platform.js';
import type { Surroundings } from '../../surroundings.js';
import { acceleratorFor } from './accelerator.js';
import { diskFormat, mediumAt } from './medium-at.js';
import { pulledMedium, stateNameOf } from './pulled-medium.js';
import { macOf, writeMetadata } from './state.js';

/** Boots until the guest powers off or a signal comes; gives QEMU's exit code. */
export async function run(
  values: FlagValues,
  given: readonly string[],
  around: Surroundings,
): Promise<number> {
  const [path, ...more] = given;
  checkBackend(path);
  if (path === undefined || more.length > 0) {
    throw new CommandError('bad-argument', `run needs one path, got ${given.length}`, {
      hint: 'Write nx-linuxkit run PATH, with the --dir and --name of a build as the path.',
    });
  }
  const machine = await boot(await optionsOf(values, path, around));
  for (const { host, guest, protocol } of machine.ports) {
    around.log(`${protocol} port ${guest} of the guest is at localhost:${host}`);
  }
  const disconnect = connect(machine, around);
  const exit = await machine.exited;
  disconnect();
  if (exit.stderr !== '') console.error(exit.stderr);
  return exit.code ?? 1;
}

/** LinuxKit's other backends: clouds, and hypervisors of other systems. */
const BACKENDS = [
  ...['aws', 'azure', 'equinixmetal', 'gcp', 'hyperkit', 'hyperv', 'openstack'],
  ...['packet', 'scaleway', 'vbox', 'vcenter', 'virtualization', 'vmware'],
];

/** Refuses `run gcp PATH`, where `gcp` would be taken for the path. */
function checkBackend(word: string | undefined): void {
  if (word === undefined || !BACKENDS.includes(word)) return;
  throw new CommandError('not-built', `run ${word} is not built: run boots in QEMU alone`, {
    hint: `Write nx-linuxkit run qemu PATH, or ./${word} if that is the path of a disk.`,
  });
}

/**
 * Gives the machine the terminal of this process, where Ctrl-A x or Ctrl-C ends it, or else its standard input and output.
 * Returns what takes that back.
 */
function connect(machine: RunningMachine, { stdin, stdout }: Surroundings): () => void {
  if (stdin instanceof ReadStream && stdout instanceof WriteStream) {
    return connectTerminal(machine, { input: stdin, output: stdout }, 'end').disconnect;
  }
  machine.output.pipe(stdout, { end: false });
  stdin.pipe(machine.input, { end: false });
  return () => {
    stdin.unpipe(machine.input);
    stdin.pause();
  };
}

/** What boots, and for which machine. */
interface Booted {
  readonly medium: BootMedium;
  readonly arch: Architecture;
  /** Absolute path. */
  readonly state: string;
}

async function bootedOf(values: FlagValues, given: string, around: Surroundings): Promise<Booted> {
  const named = values.text('arch');
  const arch = architectureOf(named) as Architecture;
  const reference = referenceOfUrl(given);
  if (reference !== undefined) {
    const state = resolve(around.folder, values.text('state') ?? stateNameOf(reference));
    const pulled = await pulledMedium(reference, state, values, around);
    return { ...pulled, state, ...(named !== undefined && { arch }) };
  }
  const path = resolve(around.folder, given);
  const medium = await mediumAt(path, {
    iso: values.on('iso'),
    kernel: values.on('kernel'),
    squashfs: values.on('squashfs'),
    ...(values.on('uefi') && { firmware: 'uefi' as const }),
  });
  const state = resolve(around.folder, values.text('state') ?? `${withoutExtension(path)}-state`);
  await makeStateFolder(state);
  return { medium, arch, state };
}

async function optionsOf(values: FlagValues, given: string, around: Surroundings): Promise<BootOptions> {
  const { medium, arch, state } = await bootedOf(values, given, around);
  const firmware = values.text('fw');
  return {
    medium,
    arch,
    state,
    cpus: values.number('cpus') ?? 1,
    memory: values.number('mem') ?? 1024,
    accel: acceleratorFor(arch, values.text('accel') ?? around.env.LINUXKIT_QEMU_ACCEL),
    disks: await Promise.all(values.list('disk').map((text, i) => diskOf(text, i, state, around))),
    ...(values.has('disk-bus') && { diskBus: values.text('disk-bus') as BootOptions['diskBus'] }),
    ...(values.has('machine') && { machine: values.text('machine') as BootOptions['machine'] }),
    ...(values.has('like') && { like: values.text('like') as BootOptions['like'] }),
    cds: await metadataOf(values, state, around),
    publish: values.list('publish'),
    network: (values.text('networking') ?? 'user') as Network,
    mac: await macOf(state),
    ...(values.has('lan') && { lan: values.text('lan') }),
    display: values.on('gui') ? 'window' : 'none',
    args: [
      ...(values.on('usb') ? ['-usb'] : []),
      ...values.list('device').flatMap((text) => ['-device', text]),
      ...['-pidfile', join(state, 'qemu.pid')],
    ],
    ...(firmware !== undefined && { uefi: { code: resolve(around.folder, firmware) } }),
    ...(values.has('qemu') && { qemu: values.text('qemu') }),
  };
}

function withoutExtension(path: string): string {
  return existsSync(path) ? path.replace(/\.[^./]+$/, '') : path;
}

/** LinuxKit makes new disks as qcow2. */
async function diskOf(
  text: string,
  index: number,
  state: string,
  { folder }: Surroundings,
): Promise<ExtraDisk> {
  const disk = parseDisk(text);
  const path = disk.path === undefined ? join(state, `disk${index}.img`) : resolve(folder, disk.path);
  if (disk.format !== undefined) return { ...disk, path };
  if (!existsSync(path)) return { ...disk, path, format: 'qcow2' };
  const format = await diskFormat(path);
  return { ...disk, path, format: format === 'qcow2' ? 'qcow2' : 'raw' };
}

async function metadataOf(values: FlagValues, state: string, { folder }: Surroundings): Promise<string[]> {
  const file = values.text('data-file');
  const text = file === undefined ? values.text('data') : await readFile(resolve(folder, file), 'utf8');
  const kind = (values.text('data-disk') ?? 'config') as MetadataDisk;
  return text === undefined ? [] : [await writeMetadata(state, kind, text)];
}
