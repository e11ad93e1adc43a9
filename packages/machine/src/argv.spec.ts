import { firmwareOf, qemuArguments } from './argv.js';
import { MachineError } from './error.js';
import { likenesses } from './likeness.js';
import type { Architecture, BootMedium, DiskInterface, Firmware, MachineOptions } from './options.js';

const UEFI = { code: '/fw/code.fd', vars: '/state/vars.fd' };
const ARCHITECTURES: Architecture[] = ['amd64', 'arm64', 'riscv64'];
const FIRMWARE: (Firmware | undefined)[] = [undefined, 'bios', 'uefi'];
const INTERFACES: DiskInterface[] = ['virtio', 'ide', 'scsi', 'sata', 'nvme'];

const MEDIA: [name: string, medium: BootMedium][] = [
  ['kernel', { kind: 'kernel', kernel: '/os-kernel', initrd: '/os-initrd.img', cmdline: 'console=ttyS0\n' }],
  ['kernel and root', { kind: 'kernel', kernel: '/os-kernel', root: '/os-squashfs.img', cmdline: 'quiet' }],
  ['named root', { kind: 'kernel', kernel: '/k', root: '/r', cmdline: 'root=/dev/sda' }],
  ['efi program', { kind: 'efi', path: '/state/esp' }],
  ['iso', { kind: 'iso', path: '/os.iso' }],
  ...INTERFACES.map((type): [string, BootMedium] => [
    `${type} disk`,
    { kind: 'disk', path: '/os.img', interface: type },
  ]),
];

/** The arguments for the medium itself, which stand between those for the firmware and those for extra disks. */
const MEDIUM_ARGUMENTS: Record<string, { amd64: string; other: string }> = {
  kernel: same('-kernel /os-kernel -initrd /os-initrd.img -append console=ttyS0'),
  'kernel and root': same(
    '-kernel /os-kernel -append quiet root=/dev/vda' +
      ' -drive if=none,id=root,format=raw,readonly=on,file=/os-squashfs.img -device virtio-blk-pci,drive=root',
  ),
  'named root': same(
    '-kernel /k -append root=/dev/sda' +
      ' -drive if=none,id=root,format=raw,readonly=on,file=/r -device virtio-blk-pci,drive=root',
  ),
  'efi program': same(
    '-drive if=none,id=boot,format=raw,readonly=on,file=fat:/state/esp' +
      ' -device virtio-blk-pci,drive=boot,bootindex=0',
  ),
  iso: {
    amd64:
      '-drive if=none,id=boot,media=cdrom,format=raw,readonly=on,file=/os.iso' +
      ' -device ide-cd,drive=boot,bootindex=0',
    other:
      '-drive if=none,id=boot,media=cdrom,format=raw,readonly=on,file=/os.iso' +
      ' -device virtio-scsi-pci,id=cd0 -device scsi-cd,bus=cd0.0,drive=boot,bootindex=0',
  },
  'virtio disk': disk('-device virtio-blk-pci,drive=boot,bootindex=0'),
  'ide disk': disk('-device ide-hd,drive=boot,bootindex=0'),
  'scsi disk': disk(
    '-device virtio-scsi-pci,id=scsi0 -device scsi-hd,bus=scsi0.0,scsi-id=0,drive=boot,bootindex=0',
  ),
  'sata disk': disk('-device ahci,id=sata0 -device ide-hd,bus=sata0.0,drive=boot,bootindex=0'),
  'nvme disk': disk('-device nvme,serial=boot,drive=boot,bootindex=0'),
};

const MACHINE: Record<Architecture, string> = {
  amd64: '-machine pc -accel tcg',
  arm64: '-machine virt -cpu cortex-a57 -accel tcg',
  riscv64: '-machine virt -accel tcg',
};

function same(text: string) {
  return { amd64: text, other: text };
}

function disk(devices: string) {
  return same(`-drive if=none,id=boot,format=raw,snapshot=on,file=/os.img ${devices}`);
}

const CASES = MEDIA.flatMap(([name, medium]) =>
  FIRMWARE.flatMap((firmware) => ARCHITECTURES.map((arch) => ({ name, medium, firmware, arch }))),
);

/** Whether no machine has this combination. */
const impossible = ({ name, firmware, arch }: (typeof CASES)[number]) =>
  (arch !== 'amd64' && (firmware === 'bios' || name === 'ide disk')) ||
  (name === 'efi program' && firmware === 'bios');

function build(options: MachineOptions, noReboot?: boolean): string {
  const arch = options.arch ?? 'amd64';
  const uefi = firmwareOf(options.medium, arch) === 'uefi' ? UEFI : undefined;
  return qemuArguments(options, { ports: [], disks: [], ...(uefi && { uefi }) }, noReboot).join(' ');
}

describe('every medium, firmware and architecture', () => {
  test.each(CASES.filter((one) => !impossible(one)))('$name by $firmware on $arch', (one) => {
    const { name, medium, firmware, arch } = one;
    const uefi =
      firmware === 'uefi' ||
      medium.kind === 'efi' ||
      (firmware === undefined && arch !== 'amd64' && medium.kind !== 'kernel');
    const expected = [
      MACHINE[arch],
      '-m 1024 -smp 1 -nodefaults -display none',
      arch === 'amd64' && medium.kind !== 'kernel' ? '-vga std' : '',
      '-chardev stdio,id=console,signal=on -serial chardev:console -device virtio-rng-pci',
      '-netdev user,id=net0 -device virtio-net-pci,netdev=net0,romfile=',
      uefi ? '-drive if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd' : '',
      uefi ? '-drive if=pflash,unit=1,format=raw,readonly=off,file=/state/vars.fd' : '',
      MEDIUM_ARGUMENTS[name][arch === 'amd64' ? 'amd64' : 'other'],
    ];
    expect(build({ medium: { ...medium, firmware }, arch })).toBe(expected.filter(Boolean).join(' '));
  });

  test.each(CASES.filter(impossible))(
    '$name by $firmware on $arch is refused',
    ({ medium, firmware, arch }) => {
      expect(() => build({ medium: { ...medium, firmware }, arch })).toThrow(MachineError);
    },
  );
});

describe('options', () => {
  const medium: BootMedium = { kind: 'kernel', kernel: '/k' };

  test('memory, cpus, extra arguments and no reboot', () => {
    const argv = build({ medium, memory: 256, cpus: 2, args: ['-snapshot'] }, true);
    expect(argv).toContain('-m 256 -smp 2');
    expect(argv).toMatch(/-kernel \/k -no-reboot -snapshot$/);
  });

  test('the guest gets the host CPU with hardware acceleration only', () => {
    expect(build({ medium, accel: 'kvm', arch: 'arm64' })).toContain('-machine virt -cpu host -accel kvm');
    expect(build({ medium })).not.toMatch(/kvm|hvf|host/);
  });

  test('a writable disk has no snapshot', () => {
    expect(build({ medium: { kind: 'disk', path: '/d', writable: true, format: 'qcow2' } })).toContain(
      'format=qcow2,snapshot=off,file=/d',
    );
  });

  test('ports are published on loopback unless an address is given', () => {
    const ports = [
      { host: 8080, guest: 80, protocol: 'tcp' as const },
      { host: 53, guest: 53, protocol: 'udp' as const, address: '0.0.0.0' },
    ];
    expect(qemuArguments({ medium }, { ports, disks: [] })).toContain(
      'user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:53-:53',
    );
    expect(() => qemuArguments({ medium, network: 'none' }, { ports, disks: [] })).toThrow(
      'the network is none',
    );
  });

  test('network: none adds no network device', () => {
    expect(build({ medium, network: 'none' })).not.toContain('net0');
  });

  test('a comma in a path cannot add options to a drive', () => {
    const disks = [{ path: '/d,readonly=on', format: 'raw' as const }];
    expect(qemuArguments({ medium }, { ports: [], disks })).toContain(
      'if=none,id=disk0,format=raw,file=/d,,readonly=on',
    );
  });

  describe('diskBus: one bus for the boot disk and the further ones, in their order', () => {
    const disks = ['/a', '/b'].map((path) => ({ path, format: 'raw' as const }));
    const devices = (diskBus: MachineOptions['diskBus'], of: BootMedium = { kind: 'disk', path: '/os' }) =>
      qemuArguments({ medium: of, diskBus }, { ports: [], disks }).filter((word) =>
        /^(virtio-scsi|ahci|scsi-hd|ide-hd|nvme|virtio-blk)/.test(word),
      );

    test('scsi: one controller', () => {
      expect(devices('scsi')).toEqual([
        'virtio-scsi-pci,id=scsi0',
        'scsi-hd,bus=scsi0.0,scsi-id=0,drive=boot,bootindex=0',
        'scsi-hd,bus=scsi0.0,scsi-id=1,drive=disk0',
        'scsi-hd,bus=scsi0.0,scsi-id=2,drive=disk1',
      ]);
    });

    test('sata: a controller for each six disks', () => {
      const many = Array.from({ length: 7 }, (_, i) => ({ path: `/${i}`, format: 'raw' as const }));
      const argv = qemuArguments({ medium, diskBus: 'sata' }, { ports: [], disks: many });
      expect(argv.filter((word) => word.startsWith('ahci'))).toEqual(['ahci,id=sata0', 'ahci,id=sata1']);
      expect(argv).toContain('ide-hd,bus=sata0.5,drive=disk5');
      expect(argv).toContain('ide-hd,bus=sata1.0,drive=disk6');
    });

    test('nvme: a serial number each', () => {
      expect(devices('nvme')).toEqual([
        'nvme,serial=boot,drive=boot,bootindex=0',
        'nvme,serial=disk0,drive=disk0',
        'nvme,serial=disk1,drive=disk1',
      ]);
    });

    test('the disk of a VHD is on IDE unless the option says otherwise, and a root stays where root= looks', () => {
      const vhd: BootMedium = { kind: 'disk', path: '/os', interface: 'ide' };
      expect(devices(undefined, vhd)[0]).toBe('ide-hd,drive=boot,bootindex=0');
      expect(devices('nvme', vhd)[0]).toBe('nvme,serial=boot,drive=boot,bootindex=0');
      const root: BootMedium = { kind: 'kernel', kernel: '/k', root: '/r' };
      expect(devices('scsi', root)[0]).toBe('virtio-blk-pci,drive=root');
    });
  });

  test('machine: a microvm starts a kernel, knows its ticks, and has its CDs on virtio', () => {
    const kernel: BootMedium = { kind: 'kernel', kernel: '/k', cmdline: 'console=ttyS0' };
    const options: MachineOptions = { medium: kernel, machine: 'microvm', cds: ['/data.iso'] };
    const host = { ports: [], disks: [], tscKhz: 2_000_000 };
    const line = (more: Partial<MachineOptions> = {}, given = host) =>
      qemuArguments({ ...options, ...more }, given).join(' ');
    expect(line()).toContain('-machine microvm,acpi=on,pcie=on -accel tcg');
    expect(line()).toContain('-append console=ttyS0 tsc_early_khz=2000000 ');
    expect(line()).toContain('virtio-scsi-pci,id=cd1');
    expect(line({}, { ports: [], disks: [] } as never)).toContain('tsc_early_khz=1000000');
    expect(line({ accel: 'kvm' })).not.toContain('tsc_early_khz');
    const own = { medium: { ...kernel, cmdline: 'tsc_early_khz=5' } };
    expect(line(own)).toContain('-append tsc_early_khz=5 ');
    const refusals: [Partial<MachineOptions>, string][] = [
      [{ medium: { kind: 'disk', path: '/d' } }, 'firmware that boots disks'],
      [{ medium: { ...kernel, firmware: 'uefi' } }, 'firmware that boots disks'],
      [{ diskBus: 'ide' }, 'IDE'],
      [{ display: 'window' }, 'screen'],
      [{ arch: 'arm64' }, 'arm64 has no machine microvm'],
    ];
    for (const [more, what] of refusals) expect(() => line(more)).toThrow(what);
  });

  test('machine: q35 on amd64, refused elsewhere', () => {
    expect(build({ medium, machine: 'q35' })).toContain('-machine q35 -accel tcg');
    expect(build({ medium, machine: 'q35', accel: 'kvm' })).toContain('-machine q35 -cpu host -accel kvm');
    expect(() => build({ medium, machine: 'q35', arch: 'arm64' })).toThrow('arm64 has no machine q35');
  });

  test.each([0, -1, 1.5, NaN])('memory %p is refused', (memory) => {
    expect(() => build({ medium, memory })).toThrow('memory: expected a whole number above 0');
  });
});

describe('like: the hardware of a platform', () => {
  const disk: BootMedium = { kind: 'disk', path: '/os' };
  test.each([
    ['aws-nitro', '-machine q35', 'nvme,serial=boot,drive=boot', 'virtio-net-pci'],
    ['gcp', '-machine pc', 'scsi-hd,bus=scsi0.0,scsi-id=0,drive=boot', 'virtio-net-pci'],
    ['azure-gen2', '-machine q35', 'scsi-hd,bus=scsi0.0,scsi-id=0,drive=boot', 'virtio-net-pci'],
    [
      'vmware',
      '-machine pc',
      '-device pvscsi,id=pvscsi0 -device scsi-hd,bus=pvscsi0.0,scsi-id=0,drive=boot',
      'vmxnet3',
    ],
    ['hyperv-gen1', '-machine pc', 'ide-hd,drive=boot', 'virtio-net-pci'],
  ] as const)('%s', (like, machine, device, card) => {
    const argv = build({ medium: disk, like });
    for (const part of [machine, device, `-device ${card},netdev=net0`]) expect(argv).toContain(part);
  });

  test('every platform is a case above', () => {
    expect(likenesses).toEqual(['aws-nitro', 'gcp', 'azure-gen2', 'vmware', 'hyperv-gen1']);
  });

  test('other options come first, and a firmware that the platform lacks is refused', () => {
    expect(build({ medium: disk, like: 'aws-nitro', diskBus: 'scsi', machine: 'pc' })).toContain(
      '-machine pc',
    );
    expect(build({ medium: disk, like: 'azure-gen2' })).toContain('-accel tcg');
    expect(() => build({ medium: { ...disk, firmware: 'bios' }, like: 'azure-gen2' })).toThrow(
      'like: azure-gen2 has uefi, and this medium is for bios',
    );
    expect(() => build({ medium: { kind: 'efi', path: '/p' }, like: 'hyperv-gen1' })).toThrow(
      'hyperv-gen1 has bios',
    );
    expect(() => build({ medium: disk, like: 'gcp', arch: 'arm64' })).toThrow('on amd64 alone');
  });
});

describe('a boot from the network', () => {
  const medium = { kind: 'netboot', path: '/out, of/os.ipxe' } as const;
  const argv = (options: Partial<MachineOptions>) =>
    qemuArguments({ medium, ...options }, { ports: [], disks: [] }).join(' ');

  test('QEMU serves the folder of the script, and the card has its ROM', () => {
    expect(argv({ mac: '02:00:00:00:00:01' })).toContain(
      '-netdev user,id=net0,tftp=/out,, of,bootfile=os.ipxe ' +
        '-device virtio-net-pci,netdev=net0,bootindex=0,mac=02:00:00:00:00:01',
    );
  });

  test('needs the user network and a PC', () => {
    const refused = { code: 'invalid-option', message: expect.stringContaining('boot from the network') };
    expect(() => argv({ network: 'none' })).toThrow(expect.objectContaining(refused));
    expect(() => argv({ arch: 'arm64' })).toThrow(expect.objectContaining(refused));
  });
});
