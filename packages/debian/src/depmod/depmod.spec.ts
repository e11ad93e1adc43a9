import { execFileSync } from 'node:child_process';
import { moduleFile } from '../__tests__/elf-file.js';
import { treeOf } from '../__tests__/tree-of.js';
import { depmod } from './depmod.js';

const root = 'lib/modules/6.1.0';

describe('depmod', () => {
  test('modules.dep lists all dependencies of a module in the reverse order of loading', async () => {
    const files = await depmod(
      treeOf({
        [`${root}/kernel/virtio_net.ko`]: moduleFile({ info: ['depends=net_failover,virtio'] }),
        [`${root}/kernel/net-failover.ko`]: moduleFile({ info: ['depends=failover'] }),
        [`${root}/kernel/failover.ko`]: moduleFile({ info: ['depends='] }),
        [`${root}/kernel/virtio.ko`]: moduleFile({ info: ['depends=builtin_thing'] }),
        [`${root}/modules.builtin`]: 'x',
      }),
    );
    expect(files.get(`${root}/modules.dep`)).toBe(
      [
        'kernel/failover.ko:',
        'kernel/net-failover.ko: kernel/failover.ko',
        'kernel/virtio.ko:',
        'kernel/virtio_net.ko: kernel/virtio.ko kernel/net-failover.ko kernel/failover.ko',
        '',
      ].join('\n'),
    );
  });

  test('writes aliases, symbols, soft dependencies and device nodes', async () => {
    const info = [
      'alias=char-major-10-229',
      'alias=devname:fuse',
      'alias=fs-fuse',
      'softdep=pre: a',
      'license=GPL',
    ];
    const files = await depmod(
      treeOf({ [`${root}/fuse.ko`]: moduleFile({ info, exports: ['fuse_b', 'fuse_a'] }) }),
    );
    const text = (name: string): string =>
      files.get(`${root}/modules.${name}`)!.split('\n').slice(1).join('\n');
    expect(text('alias')).toBe('alias char-major-10-229 fuse\nalias devname:fuse fuse\nalias fs-fuse fuse\n');
    expect(text('symbols')).toBe('alias symbol:fuse_a fuse\nalias symbol:fuse_b fuse\n');
    expect(text('softdep')).toBe('softdep fuse pre: a\n');
    expect(text('devname')).toBe('fuse fuse c10:229\n');
  });

  test('reads modules that are compressed with xz', async () => {
    const module = execFileSync('xz', ['-c', '--check=crc32'], { input: moduleFile({ info: ['alias=x'] }) });
    const files = await depmod(treeOf({ [`${root}/a.ko.xz`]: module }));
    expect(files.get(`${root}/modules.dep`)).toBe('a.ko.xz:\n');
    expect(files.get(`${root}/modules.alias`)).toContain('alias x a\n');
  });

  test('writes files for each release of a tree', async () => {
    const module = moduleFile({ info: [] });
    const files = await depmod(treeOf({ 'lib/modules/1/a.ko': module, 'usr/lib/modules/2/b.ko': module }));
    expect([...files.keys()].filter((path) => path.endsWith('.dep'))).toEqual([
      'lib/modules/1/modules.dep',
      'usr/lib/modules/2/modules.dep',
    ]);
  });

  test('circular dependencies end', async () => {
    const files = await depmod(
      treeOf({
        [`${root}/a.ko`]: moduleFile({ info: ['depends=b'] }),
        [`${root}/b.ko`]: moduleFile({ info: ['depends=a'] }),
      }),
    );
    expect(files.get(`${root}/modules.dep`)).toBe('a.ko: b.ko\nb.ko: a.ko\n');
  });

  test('a file that is not a module is an error that names its path', async () => {
    await expect(depmod(treeOf({ [`${root}/a.ko`]: 'text' }))).rejects.toThrow(
      `${root}/a.ko is not a 64-bit kernel module`,
    );
  });
});
