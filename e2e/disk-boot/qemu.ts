import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

export type Firmware = 'bios' | 'uefi';
export type Bus = 'cd' | 'ide' | 'virtio' | 'sata' | 'usb' | 'nvme';

const OVMF = '/usr/share/OVMF';
const BUSES: Record<Bus, (drive: string) => string[]> = {
  cd: (drive) => [
    '-drive',
    `${drive},if=none,id=d,media=cdrom,readonly=on`,
    '-device',
    'ide-cd,drive=d,bootindex=0',
  ],
  ide: (drive) => ['-drive', `${drive},if=none,id=d`, '-device', 'ide-hd,drive=d,bootindex=0'],
  virtio: (drive) => ['-drive', `${drive},if=none,id=d`, '-device', 'virtio-blk-pci,drive=d,bootindex=0'],
  sata: (drive) => [
    '-drive',
    `${drive},if=none,id=d`,
    '-device',
    'ahci,id=a',
    '-device',
    'ide-hd,bus=a.0,drive=d,bootindex=0',
  ],
  usb: (drive) => [
    '-drive',
    `${drive},if=none,id=d`,
    '-device',
    'qemu-xhci',
    '-device',
    'usb-storage,drive=d,bootindex=0',
  ],
  nvme: (drive) => ['-drive', `${drive},if=none,id=d`, '-device', 'nvme,drive=d,serial=1,bootindex=0'],
};

/** Returns QEMU's arguments for one medium. A copy of the firmware's variables goes into the folder `scratch`. */
export function mediumArgs(
  firmware: Firmware,
  bus: Bus,
  path: string,
  format: string,
  scratch: string,
): string[] {
  const medium = BUSES[bus](`file=${path},format=${format},snapshot=${bus === 'cd' ? 'off' : 'on'}`);
  if (firmware === 'bios') return medium;
  const variables = join(scratch, 'OVMF_VARS.fd');
  copyFileSync(join(OVMF, 'OVMF_VARS_4M.fd'), variables);
  return [
    '-drive',
    `if=pflash,format=raw,unit=0,readonly=on,file=${join(OVMF, 'OVMF_CODE_4M.fd')}`,
    '-drive',
    `if=pflash,format=raw,unit=1,file=${variables}`,
    ...medium,
  ];
}

/** The kernel's message when an emulated machine on a busy host loses its timer. Such a machine is started again. */
const LOST_TIMER = "IO-APIC + timer doesn't work";

/** Runs a machine until it powers off, for 90 seconds at most, and returns what it printed on its serial port. */
export async function consoleOf(args: string[]): Promise<string> {
  const text = await consoleOnce(args);
  return text.includes(LOST_TIMER) ? consoleOnce(args) : text;
}

function consoleOnce(args: string[], seconds = 90): Promise<string> {
  const base = [
    '-accel',
    'tcg',
    '-m',
    '768',
    '-display',
    'none',
    '-monitor',
    'none',
    '-serial',
    'stdio',
    '-no-reboot',
    '-net',
    'none',
  ];
  return new Promise((resolve, reject) => {
    const machine = spawn('timeout', [`${seconds}`, 'qemu-system-x86_64', ...base, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const take = (chunk: Buffer): void => void (text += chunk.toString('latin1'));
    machine.stdout.on('data', take);
    machine.stderr.on('data', take);
    machine.on('error', reject);
    machine.on('close', () => resolve(text));
  });
}
