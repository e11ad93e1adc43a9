import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { LOADERS, addBootImages } from '../../__tests__/boot-images.js';
import { fatFile, run, slotsOf } from '../../__tests__/oracles.js';
import { TestWorkspace } from '../../../__tests__/test-workspace.js';

jest.setTimeout(120_000);

let workspace: TestWorkspace;
const settings = { loaders: LOADERS };
const MIB = 2 ** 20;

beforeAll(async () => {
  workspace = new TestWorkspace();
  await addBootImages(workspace);
});
afterAll(() => workspace.remove());

/** Builds a system and gives the path of its disk. */
async function disk(name: string, options: string, cmdline = 'console=x'): Promise<string> {
  const yaml = `kernel: {image: test/kernel, ucode: ucode.cpio, cmdline: '${cmdline}'}\ninit: [test/init]\n`;
  await workspace.build(name, `${yaml}outputs: [{format: ab${options}}]\n`, ['ab'], settings);
  return workspace.output(name, 'ab', `${name}-ab.img`);
}

interface Partition {
  readonly name: string;
  readonly type: string;
  readonly uuid: string;
  readonly attrs?: string;
  readonly start: number;
  readonly size: number;
}

/** The partitions as sfdisk reads them; places are in sectors. */
function partitions(path: string): Record<string, Partition> {
  const { partitiontable } = JSON.parse(run('sfdisk', '--json', path)) as {
    partitiontable: { partitions: Partition[] };
  };
  return Object.fromEntries(partitiontable.partitions.map((each) => [each.name, each]));
}

/** Writes a partition into a file of its own. */
function extract(path: string, { start, size, name }: Partition): string {
  const to = workspace.path(`${name}.img`);
  writeFileSync(to, readFileSync(path).subarray(start * 512, (start + size) * 512));
  return to;
}

describe('root: verity', () => {
  let path: string;
  let table: Record<string, Partition>;
  let program: string;
  let hash: string;
  beforeAll(async () => {
    path = await disk('os', ', root: verity, version: "1.10"');
    table = partitions(path);
    const [slot] = slotsOf(path);
    program = fatFile(path, 'raw', `EFI/Linux/${slot}`);
    hash = /console=x roothash=([0-9a-f]{64}) panic=10\0/.exec(program)![1];
  });

  it('has two slots, whose types and GUIDs are those of discoverable partitions', () => {
    expect(Object.keys(table)).toEqual(['EFI System', 'root-a', 'verity-a', 'root-b', 'verity-b', 'state']);
    expect(table['root-a'].type).toBe('4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709');
    expect(table['verity-b'].type).toBe('2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5');
    const halves = ['root-a', 'verity-a'].map((name) => table[name].uuid.replaceAll('-', '').toLowerCase());
    expect(halves.join('')).toBe(hash);
    expect(table['root-a'].attrs).toBe('GUID:60');
    expect(table['root-b'].size).toBe(table['root-a'].size);
  });

  it('has a root that veritysetup verifies by the root hash in the command line, and not with a byte changed', () => {
    const [data, tree] = [extract(path, table['root-a']), extract(path, table['verity-a'])];
    run('veritysetup', 'verify', data, tree, hash);
    run('fsck.erofs', data);
    const bytes = readFileSync(data);
    bytes[bytes.indexOf('large large ')]! ^= 1;
    writeFileSync(data, bytes);
    expect(() => run('veritysetup', 'verify', data, tree, hash)).toThrow();
  });

  it('has a small initrd with microcode, the loader and the modules, and not the root', () => {
    expect(program).not.toContain('large large ');
    const [file, section] = [workspace.path('program'), workspace.path('initrd')];
    writeFileSync(file, program, 'latin1');
    run('objcopy', '-O', 'binary', '--only-section=.initrd', file, section);
    const archives = readFileSync(section);
    expect(archives.toString('latin1', 0, 2000)).toContain('GenuineIntel.bin');
    const list = gunzipSync(archives.subarray(archives.indexOf(Buffer.from([0x1f, 0x8b])))).toString(
      'latin1',
    );
    const modules = list
      .slice(list.indexOf('/lib/modules/'))
      .split('\n', 20)
      .filter((line) => line.startsWith('/'));
    const last = ['dm_mod', 'dm_bufio', 'dm_verity', 'libcrc32c', 'erofs'];
    expect(modules.slice(-last.length)).toEqual(last.map((name) => `/lib/modules/${name}.ko`));
  });

  it('names the version by number and digest, also to systemd-boot', () => {
    const [slot] = slotsOf(path);
    const digest = createHash('sha256').update(Buffer.from(program, 'latin1')).digest('hex');
    expect(slot).toBe(`os_1.10-${digest.slice(0, 12)}.efi`);
    expect(program).toContain('IMAGE_ID=os\nIMAGE_VERSION=1.10\n');
  });
});

it('an update has the options of the disk, and the bytes of its slot', async () => {
  const options = "outputs: [{format: ab, root: verity, version: '2', size: 400M}]\n";
  const yaml = `kernel: {image: test/kernel}\ninit: [test/init]\n${options}`;
  await workspace.build('up', yaml, ['ab', 'ab-update'], settings);
  const file = (suffix: string) => readFileSync(workspace.output('up', 'ab-update', `up-update${suffix}`));
  const path = workspace.output('up', 'ab', 'up-ab.img');
  const { fileName, version, roothash } = JSON.parse(file('.json').toString());
  expect([fileName, version]).toEqual([slotsOf(path)[0], '2']);
  expect(file('.efi').toString('latin1')).toContain(`roothash=${roothash} `);
  const table = partitions(path);
  for (const [name, suffix] of [
    ['root-a', '-root.img'],
    ['verity-a', '-verity.img'],
  ]) {
    const bytes = file(suffix);
    expect(readFileSync(extract(path, table[name])).subarray(0, bytes.length).equals(bytes)).toBe(true);
  }
});

it('the last partition fills the disk, and the ESP has room for three versions', async () => {
  const path = await disk('sized', ', size: 512M', 'panic=3');
  const { 'EFI System': esp, state } = partitions(path);
  expect(readFileSync(path).length).toBe(512 * MIB);
  expect((state.start + state.size) * 512).toBe(511 * MIB);
  const [slot] = slotsOf(path);
  const program = fatFile(path, 'raw', `EFI/Linux/${slot}`);
  expect(esp.size * 512).toBeGreaterThan(3 * program.length);
  expect(program).toContain('panic=3\0');
});

it('with secureBoot the loader and the version are signed', async () => {
  const [key, certificate] = [workspace.path('db.key'), workspace.path('db.pem')];
  const files = ['-keyout', key, '-out', certificate];
  run('openssl', 'req', '-x509', '-nodes', '-newkey', 'rsa:2048', '-subj', '/CN=db', ...files);
  const secureBoot = { certificate: 'db.pem', key: 'db.key' };
  await workspace.build('signed', 'kernel: {image: test/kernel}\ninit: [test/init]\n', ['ab'], {
    ...settings,
    secureBoot,
  });
  const path = workspace.output('signed', 'ab', 'signed-ab.img');
  for (const name of ['EFI/BOOT/BOOTX64.EFI', `EFI/Linux/${slotsOf(path)[0]}`]) {
    writeFileSync(workspace.path('program'), fatFile(path, 'raw', name), 'latin1');
    expect(run('sbverify', '--cert', certificate, workspace.path('program'))).toContain('verification OK');
  }
});

it.each([
  [', root: disk', 'expected initramfs or erofs or verity, got "disk"'],
  [', version: "1+2"', 'expected a version such as 1.2.0, got "1+2"'],
  [', uki: true', 'the format ab has no option uki'],
])('%s is refused with its place in the YAML', async (options, message) => {
  await expect(disk('bad', options)).rejects.toMatchObject({
    message,
    where: { file: 'bad/linuxkit.yml', line: 3 },
  });
});
