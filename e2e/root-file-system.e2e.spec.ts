import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_FILE_SYSTEMS, type RootFileSystem } from '@nx-linuxkit/disk';
import { readContent, type Content } from '@nx-linuxkit/tree';
import { HELLO, switchRootInitrd } from './disk-boot/initrd.js';
import { testKernel } from './disk-boot/kernel.js';
import { consoleOf } from './disk-boot/qemu.js';
import { expectedLines, sampleRoot, SLASHES, XATTRS } from './disk-boot/sample-root.js';

const dir = mkdtempSync(join(tmpdir(), 'root-fs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const debian = testKernel();
const entries = sampleRoot(debian);

const MODULES: Record<RootFileSystem, string[]> = {
  squashfs: ['squashfs'],
  erofs: ['libcrc32c', 'erofs'],
  iso9660: ['cdrom', 'isofs'],
};
/** Linux reads no extended attributes from Rock Ridge. Names of one file have the right link count, but inodes of their own. */
const WITH_XATTRS: Record<RootFileSystem, boolean> = { squashfs: true, erofs: true, iso9660: false };

async function save(content: Content, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(content)) chunks.push(chunk);
  writeFileSync(path, Buffer.concat(chunks));
  return path;
}

describe.each(Object.keys(ROOT_FILE_SYSTEMS) as RootFileSystem[])(
  '%s as the root of a real kernel',
  (name) => {
    let lines: string[];
    beforeAll(async () => {
      const image = join(dir, `${name}.img`);
      await ROOT_FILE_SYSTEMS[name](entries, image);
      const initrd = await save(
        await switchRootInitrd(debian, name, MODULES[name]),
        join(dir, `${name}.initrd`),
      );
      const kernel = join(dir, 'kernel');
      writeFileSync(kernel, debian.kernel);
      const text = await consoleOf([
        ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1'],
        ...['-drive', `file=${image},format=raw,if=virtio,readonly=on`],
      ]);
      lines = text.split(/\r?\n/);
    }, 150_000);

    test('starts its init', () => {
      expect(lines).toContain(HELLO);
    });

    test('has every mode, owner, link count, time and device number', async () => {
      const { stats } = await expectedLines(entries);
      const seen = lines.filter((line) => line.startsWith('STAT ')).map((line) => line.slice(5));
      expect(seen.sort()).toEqual(stats.sort());
    });

    test('has every byte and every target', async () => {
      const { sum } = await expectedLines(entries);
      expect(lines).toContain(`SUM ${sum}  -`);
      expect(lines.find((line) => line.startsWith('LINK '))).toContain(
        `/../${'x'.repeat(300)}/./y ${SLASHES} `,
      );
    });

    test(WITH_XATTRS[name] ? 'keeps extended attributes' : 'has no extended attributes', () => {
      const seen = lines
        .filter((line) => line.startsWith('XATTR ') && line.includes('='))
        .map((line) => line.slice(6));
      const all = Object.values(XATTRS).flatMap((set) =>
        Object.entries(set).map(([key, hex]) => `${key}=0x${hex}`),
      );
      expect(seen.sort()).toEqual(WITH_XATTRS[name] ? all.sort() : []);
    });
  },
);
