import type { InspectedSystem, SizeNode } from '../system.js';

const MB = 1_000_000;

function file(name: string, size: number): SizeNode {
  return { name, kind: 'file', size };
}

function group(kind: SizeNode['kind'], name: string, children: readonly SizeNode[]): SizeNode {
  return { kind, name, children, size: children.reduce((sum, { size }) => sum + size, 0) };
}

const CONTENT = group('system', 'sample', [
  group('image', 'docker.io/linuxkit/containerd:v1.0', [
    group('layer', 'layer 1 of 1', [file('usr/bin/containerd', 48 * MB), file('usr/bin/ctr', 20 * MB)]),
  ]),
  group('image', 'docker.io/library/nginx:1.27', [
    group('layer', 'layer 1 of 2', [file('lib/libc.so', 2.1 * MB), file('</script><b>name', 0.2 * MB)]),
    group('layer', 'layer 2 of 2', [
      group('package', 'nginx 1.27.2', [file('usr/sbin/nginx', 1.4 * MB), file('etc/nginx/nginx.conf', 640)]),
      group('package', 'libssl3 3.0.15', [file('usr/lib/libssl.so.3', 0.7 * MB)]),
    ]),
  ]),
]);

/** A system that has something in every section of the page. */
export const SAMPLE: InspectedSystem = {
  name: 'sample',
  platform: 'linux/amd64',
  file: 'systems/sample/linuxkit.yml',
  packed: 25 * MB,
  unpacked: CONTENT.size,
  images: (CONTENT.children as readonly SizeNode[]).map(({ name, size }) => ({
    ...{ name, packed: Math.round(size / 3), unpacked: size, files: 4 },
  })),
  content: CONTENT,
  steps: [
    { section: 'kernel', name: 'linuxkit/kernel:6.6.13', image: 'linuxkit/kernel:6.6.13' },
    {
      ...{ section: 'onboot', name: 'dhcpcd', image: 'linuxkit/dhcpcd:v1.0' },
      container: {
        ...{ capabilities: ['all'], binds: ['/var:/var', '/etc/resolv.conf:/etc/resolv.conf:ro'] },
        ...{ ports: [], shares: ['network'], readonly: true },
      },
    },
    {
      ...{ section: 'services', name: 'nginx', image: 'nginx:1.27' },
      container: {
        ...{ capabilities: ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'], binds: [] },
        ...{ ports: ['80/tcp'], shares: [], readonly: false },
      },
    },
  ],
  build: {
    ...{ at: '2026-11-30T08:38:02.113Z', since: '2026-11-30T08:31:47.020Z' },
    tasks: [
      { target: 'oci-config', project: 'sample@oci-config', milliseconds: 12 },
      { target: 'initramfs', project: 'sample@initramfs', milliseconds: 2310 },
    ],
    changes: [{ input: 'services/nginx: env', change: 'changed', made: ['oci-config', 'initramfs'] }],
  },
  formats: [
    {
      ...{ name: 'kernel+initrd', description: 'Kernel, initrd and command line', isBuilt: true },
      files: [
        { name: 'sample-kernel', size: 11 * MB },
        { name: 'sample-initrd.img', size: 25 * MB },
      ],
      start: ['nx boot sample --format=kernel+initrd'],
    },
    {
      ...{ name: 'iso-efi', description: 'ISO for UEFI', isBuilt: false, files: [] },
      start: ['nx boot sample --format=iso-efi'],
    },
  ],
  packages: [
    {
      ...{ name: 'libc6', version: '2.36-9', type: 'deb' },
      license: 'LGPL-2.1-or-later',
      images: ['nginx:1.27'],
      size: 2.1 * MB,
    },
    { ...{ name: 'nginx', version: '1.27.2', type: 'deb' }, images: ['nginx:1.27'], size: 1.4 * MB },
  ],
};
