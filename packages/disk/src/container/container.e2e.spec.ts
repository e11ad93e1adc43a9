import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent, DEFAULT_MTIME, writeTar, type Content } from '@nx-linuxkit/tree';
import { dump, lyingContent, noise, run, scratch } from '../__tests__/tools.js';
import { imageContent, makeImage, type Image } from '../image/image.js';
import { MIB } from '../image/units.js';
import { CONTAINERS, type ContainerFormat } from './index.js';
import { OVA_DISK, writeOva } from './ova.js';
import { ovfDescriptor } from './ovf.js';
import { vmdkStream } from './vmdk.js';

const dir = scratch();

/** A disk with bytes that compress and bytes that do not, across block borders and at the very end, between holes. */
const disk = makeImage(67 * MIB, [
  { offset: 0, content: bytesContent(noise(512, 'mbr')) },
  { offset: 3 * MIB - 7, content: bytesContent(noise(300_000, 'payload')) },
  { offset: 20 * MIB + 1, content: bytesContent('text that repeats '.repeat(20_000)) },
  { offset: 40 * MIB, content: bytesContent(Buffer.alloc(200_000)) },
  { offset: 67 * MIB - 3, content: bytesContent('end') },
]);
/** A disk with more runs of data than fit into a tar header and its first continuation. */
const scattered = makeImage(
  130 * MIB,
  Array.from({ length: 60 }, (_, i) => ({
    offset: i * 2 * MIB + 512,
    content: bytesContent(noise(600, `${i}`)),
  })),
);
const empty = makeImage(5 * MIB, []);
const DISKS: [string, Image][] = [
  ['a disk', disk],
  ['scattered data', scattered],
  ['nothing but zeros', empty],
];

/** How an independent tool turns each format back into a raw disk. */
const ORACLES: Record<ContainerFormat, (path: string) => { format: string; path: string; check?: boolean }> =
  {
    raw: (path) => ({ format: 'raw', path }),
    qcow2: (path) => ({ format: 'qcow2', path, check: true }),
    'qcow2-compressed': (path) => ({ format: 'qcow2', path, check: true }),
    vhd: (path) => ({ format: 'vpc', path }),
    'dynamic-vhd': (path) => ({ format: 'vpc', path }),
    vhdx: (path) => ({ format: 'vhdx', path, check: true }),
    'dynamic-vhdx': (path) => ({ format: 'vhdx', path, check: true }),
    vmdk: (path) => ({ format: 'vmdk', path, check: true }),
    ova: (path) => ({ format: 'vmdk', path: unpack(path, 'disk.vmdk'), check: true }),
    gcp: (path) => ({ format: 'raw', path: unpack(path, 'disk.raw') }),
  };

/** Unpacks an archive by GNU tar; gives the path of one of its files. */
function unpack(archive: string, name: string): string {
  const folder = `${archive}.d`;
  mkdirSync(folder, { recursive: true });
  run('tar', '-xSf', archive, '-C', folder);
  return join(folder, name);
}

describe.each(Object.keys(CONTAINERS) as ContainerFormat[])('%s', (format) => {
  test.each(DISKS)('holds %s', async (title, image) => {
    const raw = await dump(image, join(dir, 'expected.raw'));
    const path = join(dir, `${format} ${title}`);
    await CONTAINERS[format](image, path);
    const back = ORACLES[format](path);
    if (back.check) expect(run('qemu-img', 'check', '-f', back.format, back.path)).toContain('No errors');
    expect(run('qemu-img', 'compare', '-f', 'raw', '-F', back.format, raw, back.path)).toContain(
      'Images are identical',
    );
  });

  test('has the same bytes each time, and no other file is left', async () => {
    const place = join(dir, `${format}.twice`);
    mkdirSync(place);
    for (const name of ['one', 'two']) await CONTAINERS[format](disk, join(place, name));
    expect(readFileSync(join(place, 'one')).equals(readFileSync(join(place, 'two')))).toBe(true);
    expect(readdirSync(place)).toEqual(['one', 'two']);
  });

  test('a source that fails leaves no file, not even a part of one', async () => {
    const place = join(dir, `${format}.failed`);
    mkdirSync(place);
    const broken = makeImage(10 * MIB, [{ offset: 0, content: lyingContent('x', 9 * MIB) }]);
    await expect(CONTAINERS[format](broken, join(place, 'disk'))).rejects.toThrow(
      /expected 9437184 bytes, got 1/,
    );
    expect(readdirSync(place)).toEqual([]);
  });

  test('takes space for data, not for zeros', async () => {
    const path = join(dir, `${format}.sparse`);
    await CONTAINERS[format](disk, path);
    expect(statSync(path).blocks * 512).toBeLessThan(13 * MIB);
  });
});

test('an OVA is the tar of its files, however long the descriptor gets', async () => {
  const image = makeImage(5 * MIB, [{ offset: MIB, content: bytesContent('a few bytes') }]);
  const bytes = await collect(vmdkStream(image));
  const sha = (part: Uint8Array | string) => createHash('sha256').update(part).digest('hex');
  for (let length = 1; length <= 200; length += 1) {
    const name = 'x'.repeat(length);
    const ovf = ovfDescriptor({
      ...{ name, firmware: 'bios', disk: OVA_DISK },
      ...{ fileSize: bytes.length, capacity: image.size },
    });
    const files = {
      [`${name}.ovf`]: ovf,
      [`${name}.mf`]: `SHA256(${name}.ovf)= ${sha(ovf)}\nSHA256(${OVA_DISK})= ${sha(bytes)}\n`,
      [OVA_DISK]: bytes,
    };
    const entries = Object.entries(files).map(([path, content]) => ({
      path,
      inode: {
        ...{ type: 'file' as const, mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME },
        content: bytesContent(content),
      },
    }));
    const path = join(dir, 'named.ova');
    await writeOva(image, path, { name, firmware: 'bios' });
    expect({ length, same: readFileSync(path).equals(await collect(writeTar(entries))) }).toEqual({
      length,
      same: true,
    });
  }
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

test('raw writes an image inside an image at its place, with holes', async () => {
  const inner = makeImage(3 * MIB, [
    { offset: 5, content: bytesContent('inner') },
    { offset: 2 * MIB, content: bytesContent('end') },
  ]);
  const content = imageContent(inner);
  const part = { ...content, offset: 5, size: 4 };
  const image = makeImage(8 * MIB, [
    { offset: 4099, content },
    { offset: 7 * MIB, content: part },
  ]);
  await CONTAINERS.raw(image, join(dir, 'nested.raw'));
  const bytes = readFileSync(join(dir, 'nested.raw'));
  const expected = Buffer.alloc(8 * MIB);
  expected.write('inner', 4099 + 5);
  expected.write('end', 4099 + 2 * MIB);
  expected.write('inne', 7 * MIB);
  expect(bytes.equals(expected)).toBe(true);
});

test.each(['raw', 'vhd'] as const)(
  '%s lets a large content write itself, to where it lies',
  async (format) => {
    const bytes = noise(3 * MIB, 'itself');
    const content: Content = {
      source: {
        ...bytesContent(bytes).source,
        read: () => {
          throw new Error('the content was read');
        },
        copy: (start, end, output, position) => output.bytes(bytes.subarray(start, end), position),
      },
      offset: 5,
      size: 2 * MIB,
    };
    const small = { offset: 0, content: bytesContent('mbr') };
    const path = join(dir, `itself.${format}`);
    await CONTAINERS[format](makeImage(4 * MIB, [small, { offset: 4099, content }]), path);
    const read = makeImage(4 * MIB, [
      small,
      { offset: 4099, content: bytesContent(bytes.subarray(5, 5 + 2 * MIB)) },
    ]);
    const raw = await dump(read, join(dir, 'itself.expected'));
    expect(
      readFileSync(path)
        .subarray(0, 4 * MIB)
        .equals(readFileSync(raw)),
    ).toBe(true);
  },
);

test('a VHD has a size in whole MiB on which all readers agree', async () => {
  const path = join(dir, 'size.vhd');
  await CONTAINERS.vhd(makeImage(5 * MIB + 512, []), path);
  expect(statSync(path).size).toBe(6 * MIB + 512);
  expect(run('qemu-img', 'info', '-f', 'vpc', path)).toContain('6 MiB (6291456 bytes)');
});

test('the archive for Google has a sparse disk.raw of whole GiB and nothing else', async () => {
  const path = join(dir, 'gcp.tar.gz');
  await CONTAINERS.gcp(disk, path);
  expect(run('tar', '-tvzf', path)).toMatch(
    /^-rw-r--r-- root\/root +1073741824 2017-04-18 16:30 disk\.raw\n$/,
  );
  copyFileSync(path, `${path}.copy`);
  expect(
    run(
      'python3',
      '-c',
      'import tarfile,sys;m=tarfile.open(sys.argv[1]).getmembers();print(len(m),m[0].issparse(),m[0].size)',
      path,
    ),
  ).toBe('1 True 1073741824\n');
});

describe('VHDX', () => {
  test('a disk with more blocks than a chunk has entries for bitmaps, which QEMU skips as we do', async () => {
    // A chunk is 4 GiB, so that the data lie behind the first and the second entry of a bitmap.
    const size = 9 * 2 ** 30;
    const far = makeImage(size, [
      { offset: 2 ** 32 - 5, content: bytesContent('across the chunk') },
      { offset: size - 3, content: bytesContent('end') },
    ]);
    const [raw, path] = [join(dir, 'far.raw'), join(dir, 'far.vhdx')];
    await CONTAINERS.raw(far, raw);
    await CONTAINERS['dynamic-vhdx'](far, path);
    expect(run('qemu-img', 'check', '-f', 'vhdx', path)).toContain('No errors');
    expect(run('qemu-img', 'compare', '-f', 'raw', '-F', 'vhdx', raw, path)).toContain('identical');
  });

  test('a fixed one holds every block, and a dynamic one what has data', async () => {
    for (const format of ['vhdx', 'dynamic-vhdx'] as const)
      await CONTAINERS[format](disk, join(dir, `kinds.${format}`));
    expect(statSync(join(dir, 'kinds.vhdx')).size).toBe((4 + 67) * MIB);
    expect(statSync(join(dir, 'kinds.dynamic-vhdx')).size).toBe((4 + 5) * MIB);
  });

  test('a header that was changed is refused by QEMU, which computes the same checksum', async () => {
    const path = join(dir, 'damaged.vhdx');
    await CONTAINERS['dynamic-vhdx'](disk, path);
    const bytes = readFileSync(path);
    for (const at of [64 * 1024, 128 * 1024]) bytes[at + 100] ^= 1;
    writeFileSync(path, bytes);
    expect(() => run('qemu-img', 'info', '-f', 'vhdx', path)).toThrow(/Invalid argument|header/i);
  });
});

describe('OVA', () => {
  const path = join(dir, 'appliance.ova');
  beforeAll(() => CONTAINERS.ova(disk, path, { name: 'a<b>&c', firmware: 'uefi' }));
  const member = (name: string) => readFileSync(unpack(path, name));

  test('has descriptor, manifest and disk in this order, as ustar', () => {
    expect(run('tar', '-tf', path)).toBe('a<b>&c.ovf\na<b>&c.mf\ndisk.vmdk\n');
    expect(readFileSync(path).toString('latin1', 257, 262)).toBe('ustar');
  });

  test('the manifest has the SHA-256 of the other files', () => {
    const sha256 = (name: string) => createHash('sha256').update(member(name)).digest('hex');
    expect(member('a<b>&c.mf').toString()).toBe(
      `SHA256(a<b>&c.ovf)= ${sha256('a<b>&c.ovf')}\nSHA256(disk.vmdk)= ${sha256('disk.vmdk')}\n`,
    );
  });

  test('the descriptor is XML that refers to the disk, and says size, capacity and firmware', () => {
    const script = [
      'import sys, xml.etree.ElementTree as E',
      "o='{http://schemas.dmtf.org/ovf/envelope/1}'; v='{http://www.vmware.com/schema/ovf}'",
      'r=E.parse(sys.argv[1]).getroot(); f=r.find(f".//{o}File").attrib; d=r.find(f".//{o}Disk").attrib',
      "print(r.tag==o+'Envelope', d[o+'fileRef']==f[o+'id'], f[o+'href'], f[o+'size'], d[o+'capacity'])",
      'print(r.find(f".//{o}Name").text, r.find(f".//{v}Config").attrib[v+"value"])',
    ].join('\n');
    member('disk.vmdk');
    const told = run('python3', '-c', script, join(`${path}.d`, 'a<b>&c.ovf'));
    expect(told).toBe(
      `True True disk.vmdk ${statSync(join(`${path}.d`, 'disk.vmdk')).size} ${67 * MIB}\na<b>&c efi\n`,
    );
  });
});

test.each([
  ['vhd', 2 ** 42],
  ['dynamic-vhd', 2 ** 42],
  ['vhdx', 2 ** 47],
  ['dynamic-vhdx', 2 ** 47],
  ['vmdk', 2 ** 42],
  ['ova', 2 ** 42],
  ['qcow2', 2 ** 52],
] as const)('%s rejects a disk beyond its limit', async (format, size) => {
  await expect(CONTAINERS[format](makeImage(size, []), join(dir, 'huge'))).rejects.toThrow(
    expect.objectContaining({ code: 'image-too-large', message: expect.stringContaining(`${size}`) }),
  );
});
