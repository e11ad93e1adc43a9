import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootMedium } from '../options.js';
import { temporaryFolder } from '../__tests__/temporary-folder.js';
import { standIn, type Call } from './__tests__/stand-in.js';
import { bootOn } from './boot-on.js';
import type { GuestMachine } from './hypervisor.js';
import { findHypervisor, hypervisors } from './hypervisors.js';

const folder = temporaryFolder();
const state = () => join(folder.path, 'state');
/** A file of the build, of some bytes. */
const file = (name: string, text = `the bytes of ${name}`): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text, 'latin1');
  return path;
};

interface Case {
  readonly hypervisor: string;
  readonly medium: () => BootMedium;
  readonly change?: () => Partial<GuestMachine>;
  readonly programs: readonly string[];
  /** The calls of the hypervisor's programs, in their order. */
  readonly calls: () => readonly Call[];
  /** Files of the state folder, to the last byte. */
  readonly files?: () => Readonly<Record<string, string>>;
}

const kernel = (bytes = '\x7fELF kernel'): BootMedium => ({
  kind: 'kernel',
  kernel: file('os-kernel', bytes),
  initrd: file('os-initrd.img'),
  cmdline: 'console=ttyS0 quiet\n',
});
const at = (name: string) => join(folder.path, name);
const efiDisk = (): BootMedium => ({ kind: 'disk', path: file('os-efi.img'), firmware: 'uefi' });
const cd = (): BootMedium => ({ kind: 'iso', path: file('os.iso'), firmware: 'bios' });
const script = (text: string): string[] => [
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  `$ErrorActionPreference = 'Stop'; ${text}`,
];
const vmrun = (...args: string[]): string[] => [
  '-T',
  process.platform === 'darwin' ? 'fusion' : 'ws',
  ...args,
];

const CASES: readonly Case[] = [
  {
    hypervisor: 'firecracker',
    medium: () => kernel(),
    change: () => ({ network: 'tap,tap0', data: file('data.iso') }),
    programs: ['firecracker'],
    calls: () => [
      { args: ['--no-api', '--config-file', join(state(), 'firecracker.json')], prints: 'guest: ready\n' },
    ],
    files: () => ({
      'firecracker.json': `${JSON.stringify(
        {
          'boot-source': {
            kernel_image_path: at('os-kernel'),
            initrd_path: at('os-initrd.img'),
            boot_args: 'console=ttyS0 quiet reboot=k',
          },
          drives: [
            { drive_id: 'data', path_on_host: at('data.iso'), is_root_device: false, is_read_only: true },
          ],
          'machine-config': { vcpu_count: 2, mem_size_mib: 512 },
          'network-interfaces': [{ iface_id: 'eth0', host_dev_name: 'tap0' }],
        },
        null,
        2,
      )}\n`,
    }),
  },
  {
    hypervisor: 'firecracker',
    medium: () => ({ ...kernel(), root: file('os-squashfs.img'), initrd: undefined }) as BootMedium,
    programs: ['firecracker'],
    calls: () => [
      { args: ['--no-api', '--config-file', join(state(), 'firecracker.json')], prints: 'guest: ready\n' },
    ],
    files: () => ({
      'firecracker.json': `${JSON.stringify(
        {
          'boot-source': { kernel_image_path: at('os-kernel'), boot_args: 'console=ttyS0 quiet reboot=k' },
          drives: [
            {
              drive_id: 'root',
              path_on_host: at('os-squashfs.img'),
              is_root_device: true,
              is_read_only: true,
            },
          ],
          'machine-config': { vcpu_count: 2, mem_size_mib: 512 },
        },
        null,
        2,
      )}\n`,
    }),
  },
  {
    hypervisor: 'cloud-hypervisor',
    medium: () => kernel('MZ'),
    change: () => ({ network: 'tap,tap0', data: file('data.iso') }),
    programs: ['cloud-hypervisor'],
    calls: () => [
      {
        prints: 'guest: ready\n',
        args: [
          ...[
            '--kernel',
            at('os-kernel'),
            '--initramfs',
            at('os-initrd.img'),
            '--cmdline',
            'console=ttyS0 quiet',
          ],
          ...['--disk', `path=${at('data.iso')},readonly=on`, '--cpus', 'boot=2', '--memory', 'size=512M'],
          ...['--serial', 'tty', '--console', 'off', '--net', 'tap=tap0'],
        ],
      },
    ],
  },
  {
    hypervisor: 'cloud-hypervisor',
    medium: efiDisk,
    change: () => ({ data: file('data.iso') }),
    programs: ['cloud-hypervisor'],
    calls: () => [
      {
        prints: 'guest: ready\n',
        args: [
          ...[
            '--firmware',
            '/usr/share/cloud-hypervisor/CLOUDHV_EFI.fd',
            '--disk',
            `path=${join(state(), 'disk.img')}`,
          ],
          ...[`path=${at('data.iso')},readonly=on`, '--cpus', 'boot=2', '--memory', 'size=512M'],
          ...['--serial', 'tty', '--console', 'off'],
        ],
      },
    ],
    files: () => ({ 'disk.img': 'the bytes of os-efi.img' }),
  },
  {
    hypervisor: 'vfkit',
    medium: () => kernel('MZ'),
    change: () => ({ data: file('data.iso') }),
    programs: ['vfkit'],
    calls: () => [
      {
        prints: 'guest: ready\n',
        args: [
          ...['--kernel', at('os-kernel'), '--initrd', at('os-initrd.img')],
          ...['--kernel-cmdline', 'console=ttyS0 quiet console=hvc0', '--cpus', '2', '--memory', '512'],
          ...['--device', `virtio-blk,path=${at('data.iso')}`, '--device', 'virtio-net,nat'],
          ...['--device', 'virtio-rng', '--device', 'virtio-serial,stdio'],
        ],
      },
    ],
  },
  {
    hypervisor: 'vfkit',
    medium: efiDisk,
    change: () => ({ arch: 'arm64', network: 'none' }),
    programs: ['vfkit'],
    calls: () => [
      {
        prints: 'guest: ready\n',
        args: [
          ...['--bootloader', `efi,variable-store=${join(state(), 'efi-variables')},create`],
          ...['--cpus', '2', '--memory', '512', '--device', `virtio-blk,path=${join(state(), 'disk.img')}`],
          ...['--device', 'virtio-rng', '--device', 'virtio-serial,stdio'],
        ],
      },
    ],
    files: () => ({ 'disk.img': 'the bytes of os-efi.img' }),
  },
  {
    hypervisor: 'virtualbox',
    medium: () => ({ kind: 'disk', path: file('os.vhd'), format: 'vpc', firmware: 'uefi' }),
    change: () => ({
      data: file('data.iso'),
      ports: [{ host: 8080, guest: 80, protocol: 'tcp' }],
    }),
    programs: ['VBoxManage'],
    calls: () => [
      { args: ['createvm', '--name', 'os', '--ostype', 'Linux26_64', '--basefolder', state(), '--register'] },
      {
        args: [
          ...['modifyvm', 'os', '--memory', '512', '--cpus', '2', '--firmware', 'efi', '--ioapic', 'on'],
          ...[
            '--rtcuseutc',
            'on',
            '--audio',
            'none',
            '--boot1',
            'disk',
            '--nic1',
            'nat',
            '--nictype1',
            'virtio',
          ],
          ...['--natpf1', 'port0,tcp,127.0.0.1,8080,,80', '--uart1', '0x3F8', '4'],
          ...['--uartmode1', 'server', join(state(), 'console')],
        ],
      },
      {
        args: ['storagectl', 'os', '--name', 'SATA', '--add', 'sata', '--portcount', '2', '--bootable', 'on'],
      },
      {
        args: [
          ...['storageattach', 'os', '--storagectl', 'SATA', '--port', '0', '--device', '0'],
          ...['--type', 'hdd', '--medium', join(state(), 'disk.vhd')],
        ],
      },
      {
        args: [
          ...['storageattach', 'os', '--storagectl', 'SATA', '--port', '1', '--device', '0'],
          ...['--type', 'dvddrive', '--medium', at('data.iso')],
        ],
      },
      { args: ['startvm', 'os', '--type', 'headless'], serves: join(state(), 'console') },
      { args: ['showvminfo', 'os', '--machinereadable'], prints: 'name="os"\nVMState="running"\n' },
      { args: ['showvminfo', 'os', '--machinereadable'], prints: 'name="os"\nVMState="poweroff"\n' },
      { args: ['controlvm', 'os', 'poweroff'] },
      { args: ['unregistervm', 'os', '--delete'] },
    ],
    files: () => ({ 'disk.vhd': 'the bytes of os.vhd' }),
  },
  {
    hypervisor: 'vmware',
    medium: cd,
    change: () => ({ data: file('data.iso') }),
    programs: ['vmrun'],
    calls: () => [
      { args: vmrun('start', join(state(), 'os.vmx'), 'nogui'), serves: join(state(), 'console') },
      { args: vmrun('list'), prints: `Total running VMs: 1\n${join(state(), 'os.vmx')}\n` },
      { args: vmrun('list'), prints: 'Total running VMs: 0\n' },
      { args: vmrun('stop', join(state(), 'os.vmx'), 'hard') },
      { args: vmrun('deleteVM', join(state(), 'os.vmx')) },
    ],
    files: () => ({
      'os.vmx': [
        '.encoding = "UTF-8"',
        'config.version = "8"',
        'virtualHW.version = "14"',
        'displayName = "os"',
        'guestOS = "other5xlinux-64"',
        'memsize = "512"',
        'numvcpus = "2"',
        'firmware = "bios"',
        'pciBridge0.present = "TRUE"',
        'sata0.present = "TRUE"',
        'sata0:0.present = "TRUE"',
        'sata0:0.deviceType = "cdrom-image"',
        `sata0:0.fileName = "${at('os.iso')}"`,
        'sata0:0.startConnected = "TRUE"',
        'sata0:1.present = "TRUE"',
        'sata0:1.deviceType = "cdrom-image"',
        `sata0:1.fileName = "${at('data.iso')}"`,
        'sata0:1.startConnected = "TRUE"',
        'serial0.present = "TRUE"',
        'serial0.fileType = "pipe"',
        `serial0.fileName = "${join(state(), 'console')}"`,
        'serial0.pipe.endPoint = "server"',
        'serial0.tryNoRxLoss = "FALSE"',
        'serial0.yieldOnMsrRead = "TRUE"',
        'ethernet0.present = "TRUE"',
        'ethernet0.connectionType = "nat"',
        'ethernet0.virtualDev = "vmxnet3"',
        'ethernet0.addressType = "generated"',
        'msg.autoAnswer = "TRUE"',
        'tools.syncTime = "FALSE"',
        '',
      ].join('\n'),
    }),
  },
  {
    hypervisor: 'hyperv',
    medium: () => ({ kind: 'disk', path: file('os.vhdx'), format: 'vhdx', firmware: 'uefi' }),
    change: () => ({ data: file('data.iso') }),
    programs: ['powershell.exe'],
    calls: () => [
      {
        args: script(
          `New-VM -Name 'os' -Generation 2 -MemoryStartupBytes 536870912 -Path '${state()}' ` +
            `-VHDPath '${join(state(), 'disk.vhdx')}' -SwitchName 'Default Switch'`,
        ),
      },
      {
        args: script("Set-VM -Name 'os' -ProcessorCount 2 -StaticMemory -AutomaticCheckpointsEnabled $false"),
      },
      { args: script("Set-VMComPort -VMName 'os' -Number 1 -Path '\\\\.\\pipe\\os'") },
      {
        args: script(
          "Set-VMFirmware -VMName 'os' -EnableSecureBoot Off -FirstBootDevice (Get-VMHardDiskDrive -VMName 'os')",
        ),
      },
      { args: script(`Add-VMDvdDrive -VMName 'os' -Path '${at('data.iso')}'`) },
      { args: script("Start-VM -Name 'os'") },
      { args: script("(Get-VM -Name 'os').State"), prints: 'Running\r\n' },
      { args: script("(Get-VM -Name 'os').State"), prints: 'Off\r\n' },
      { args: script("Stop-VM -Name 'os' -TurnOff -Force") },
      { args: script("Remove-VM -Name 'os' -Force") },
    ],
    files: () => ({ 'disk.vhdx': 'the bytes of os.vhdx' }),
  },
  {
    hypervisor: 'hyperv',
    medium: () => ({ kind: 'disk', path: file("it's.vhd"), format: 'vpc', firmware: 'bios' }),
    change: () => ({ network: 'none' }),
    programs: ['powershell.exe'],
    calls: () => [
      {
        args: script(
          `New-VM -Name 'os' -Generation 1 -MemoryStartupBytes 536870912 -Path '${state()}' ` +
            `-VHDPath '${join(state(), 'disk.vhd')}'`,
        ),
      },
      {
        args: script("Set-VM -Name 'os' -ProcessorCount 2 -StaticMemory -AutomaticCheckpointsEnabled $false"),
      },
      { args: script("Set-VMComPort -VMName 'os' -Number 1 -Path '\\\\.\\pipe\\os'") },
      { args: script("Start-VM -Name 'os'") },
      { args: script("(Get-VM -Name 'os').State"), prints: 'Off\r\n' },
      { args: script("Stop-VM -Name 'os' -TurnOff -Force") },
      { args: script("Remove-VM -Name 'os' -Force") },
    ],
    files: () => ({ 'disk.vhd': "the bytes of it's.vhd" }),
  },
];

type Given = Omit<GuestMachine, 'sockets'>;
const machineOf = (medium: BootMedium, change: Partial<GuestMachine> = {}): Given => ({
  name: 'os',
  medium,
  arch: 'amd64',
  memory: 512,
  cpus: 2,
  state: state(),
  network: 'user',
  ports: [],
  ...change,
});

it('every hypervisor is tried', () => {
  const tried = new Set(CASES.map(({ hypervisor }) => hypervisor));
  expect([...tried].sort()).toEqual(hypervisors.map(({ name }) => name).sort());
});

it.each(CASES)('$hypervisor gets these arguments and files, and no others', async (test) => {
  const machine = machineOf(test.medium(), test.change?.());
  const calls = test.calls();
  const programs = standIn(folder.path, test.programs, calls);
  try {
    const booted = await bootOn(findHypervisor(test.hypervisor), machine);
    let shown = '';
    booted.output.on('data', (chunk) => (shown += String(chunk)));
    const exit = await booted.exited;
    expect(programs.wrong()).toBe('');
    expect(exit).toEqual({ code: 0, signal: null, stderr: '' });
    expect(programs.count()).toBe(calls.length);
    expect(statSync(state()).mode & 0o777).toBe(0o700);
    if (calls.some(({ serves, prints }) => serves || prints?.startsWith('guest')))
      expect(shown).toContain('guest: ready\n');
    for (const [name, text] of Object.entries(test.files?.() ?? {}))
      expect(readFileSync(join(state(), name), 'utf8')).toBe(text);
  } finally {
    programs.restore();
  }
});

it('a machine that cannot be made is removed, and the words of the program are in the error', async () => {
  const { calls } = CASES.find(({ hypervisor }) => hypervisor === 'vmware')!;
  const [start, , , stop, remove] = calls();
  const failing = [{ ...start!, serves: undefined, status: 255 }, stop!, remove!] as Call[];
  const programs = standIn(folder.path, ['vmrun'], failing);
  try {
    const failed = bootOn(findHypervisor('vmware'), machineOf(cd()));
    await expect(failed).rejects.toMatchObject({
      code: 'hypervisor-failed',
      message: 'vmrun -T ended with status 255: the program has failed',
    });
    expect([programs.wrong(), programs.count()]).toEqual(['', 3]);
  } finally {
    programs.restore();
  }
});

it('stop ends a machine that runs, and what is typed reaches its console', async () => {
  const socket = join(state(), 'console');
  const [start, list, , stop, remove] = CASES.find(({ hypervisor }) => hypervisor === 'vmware')!.calls();
  const programs = standIn(folder.path, ['vmrun'], [start!, list!, stop!, remove!]);
  try {
    const booted = await bootOn(findHypervisor('vmware'), machineOf(cd()));
    let shown = '';
    booted.output.on('data', (chunk) => (shown += String(chunk)));
    booted.input.write('hello\n');
    while (!shown.includes('guest: hello\n')) await new Promise((resolve) => setTimeout(resolve, 10));
    await booted.stop();
    expect([existsSync(socket), programs.count()]).toEqual([true, 4]);
  } finally {
    programs.restore();
  }
});

it('a hypervisor that is not installed is named, with how to install it', async () => {
  const before = process.env.PATH;
  process.env.PATH = folder.path;
  try {
    await expect(bootOn(findHypervisor('vmware'), machineOf(cd()))).rejects.toMatchObject({
      code: 'hypervisor-missing',
      message: 'VMware is not installed: cannot start vmrun',
      hint: expect.stringContaining('Install VMware'),
    });
    await expect(bootOn(findHypervisor('firecracker'), machineOf(kernel()))).rejects.toMatchObject({
      code: 'hypervisor-missing',
    });
  } finally {
    process.env.PATH = before;
  }
});

it.each<[string, () => Given, string]>([
  [
    'firecracker',
    () => machineOf(kernel('\x1f\x8b compressed')),
    'Firecracker needs an uncompressed kernel on amd64',
  ],
  ['firecracker', () => machineOf(cd()), 'Firecracker does not boot a medium of the kind iso'],
  ['firecracker', () => machineOf(kernel(), { arch: 'riscv64' }), 'Firecracker runs no riscv64'],
  [
    'firecracker',
    () => machineOf(kernel(), { ports: [{ host: 1, guest: 2, protocol: 'tcp' }] }),
    'Firecracker publishes no ports of the guest',
  ],
  [
    'cloud-hypervisor',
    () => machineOf({ kind: 'disk', path: file('bios.img'), firmware: 'bios' }),
    'cloud-hypervisor has no BIOS',
  ],
  [
    'cloud-hypervisor',
    () => machineOf(kernel(), { data: file('a,b.iso') }),
    'cloud-hypervisor reads a comma as the end of a path',
  ],
  ['vfkit', () => machineOf(cd()), 'vfkit does not boot a medium of the kind iso'],
  ['vfkit', () => machineOf(kernel(), { network: 'tap,tap0' }), 'vfkit has no network tap,tap0'],
  ['virtualbox', () => machineOf(kernel()), 'VirtualBox does not boot a medium of the kind kernel'],
  ['virtualbox', () => machineOf(cd(), { network: 'tap,tap0' }), 'VirtualBox has no network tap,tap0'],
  ['vmware', () => machineOf(efiDisk()), 'VMware does not boot a medium of the kind disk'],
  ['vmware', () => machineOf(cd(), { arch: 'arm64' }), 'VMware runs no arm64'],
  ['hyperv', () => machineOf(cd()), 'Hyper-V does not boot a medium of the kind iso'],
  [
    'hyperv',
    () => machineOf({ kind: 'disk', path: file('os.vhd'), format: 'vpc', firmware: 'uefi' }),
    'Hyper-V of generation 2 takes no VHD',
  ],
])('%s refuses what it does not have', async (name, machine, message) => {
  mkdirSync(state(), { recursive: true });
  const failed = bootOn(findHypervisor(name), machine());
  await expect(failed).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringContaining(message),
    hint: expect.any(String),
  });
});

it('a name that nothing has is refused with the nearest one', () => {
  expect(() => findHypervisor('virtalbox', ['aws'])).toThrow(
    expect.objectContaining({
      message: 'on: nothing here is called "virtalbox", did you mean virtualbox?',
      hint: expect.stringContaining('hyperv, aws'),
    }),
  );
});
