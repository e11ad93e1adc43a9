import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { KernelMedium } from '../../options.js';
import type { GuestMachine, Hypervisor, Plan } from '../hypervisor.js';
import { refused, refusedMedium, refusePorts, tapOf } from '../refuse.js';

const TITLE = 'Firecracker';
const FORMATS = ['kernel+initrd', 'kernel+squashfs', 'kernel+erofs', 'kernel+iso'];
/** The first bytes of an ELF file. */
const ELF = Buffer.from('\x7fELF', 'latin1');
/** How a guest ends the machine: Firecracker on x86 watches the keyboard controller, and ends when the guest resets by it. */
const RESET = 'reboot=k';

/**
 * Firecracker, by a file in place of its API.
 * Source: https://github.com/firecracker-microvm/firecracker/blob/main/docs/getting-started.md.
 */
export const firecracker: Hypervisor = {
  name: 'firecracker',
  title: TITLE,
  formats: FORMATS,
  architectures: ['amd64', 'arm64'],
  install: 'Download firecracker from its releases on GitHub; it needs Linux with KVM.',
  async plan(machine): Promise<Plan> {
    const { medium, state, arch } = machine;
    if (medium.kind !== 'kernel') throw refusedMedium(TITLE, medium, FORMATS);
    refusePorts(TITLE, machine);
    if (arch === 'amd64') await checkKernel(medium);
    const path = join(state, 'firecracker.json');
    const text = `${JSON.stringify(configurationOf(machine, medium), null, 2)}\n`;
    return {
      files: [{ path, text }],
      run: { program: 'firecracker', args: ['--no-api', '--config-file', path] },
    };
  },
};

function configurationOf(machine: GuestMachine, medium: KernelMedium): object {
  const { memory, cpus, data, arch } = machine;
  const tap = tapOf(TITLE, machine);
  const cmdline = medium.cmdline?.trim() ?? '';
  const reset = arch === 'amd64' && !/(^|\s)reboot=/.test(cmdline) ? RESET : '';
  const drive = (drive_id: string, path_on_host: string, is_root_device: boolean) => ({
    drive_id,
    path_on_host,
    is_root_device,
    is_read_only: true,
  });
  return {
    'boot-source': {
      kernel_image_path: medium.kernel,
      ...(medium.initrd !== undefined && { initrd_path: medium.initrd }),
      boot_args: `${cmdline} ${reset}`.trim(),
    },
    drives: [
      ...(medium.root === undefined ? [] : [drive('root', medium.root, true)]),
      ...(data === undefined ? [] : [drive('data', data, false)]),
    ],
    'machine-config': { vcpu_count: cpus, mem_size_mib: memory },
    ...(tap !== undefined && { 'network-interfaces': [{ iface_id: 'eth0', host_dev_name: tap }] }),
  };
}

/** Firecracker starts an ELF file on x86, and no compressed kernel. */
async function checkKernel({ kernel }: KernelMedium): Promise<void> {
  const file = await open(kernel, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(ELF.length), 0, ELF.length, 0);
    if (buffer.equals(ELF)) return;
  } finally {
    await file.close();
  }
  throw refused(
    `${TITLE} needs an uncompressed kernel on amd64, and ${kernel} is compressed`,
    'Set the plugin option "decompressKernel": true, and build again.',
  );
}
