/** An image of many files takes memory for a few words of each, not for an object of each in every tree. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutOf, randomImage, type TestEntry } from '@nx-linuxkit/testing';
import { WHOLE, sampleOf } from './sample.js';

const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-many-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes for each file at most in the largest moment of a build. An object for each in every tree took 5,000 to 7,000. */
const BYTES_A_FILE = 2_500;
/** Bytes that 200,000 files of one image may take beside what a build of few takes. */
const BOUND = 300e6;
const YAMLS = {
  init: 'init: [test/many]\n',
  service: 'init: [test/tiny]\nservices: [{name: s, image: test/many}]\n',
};
type Place = keyof typeof YAMLS;

/** Files as a package manager of Node leaves them: two hundred in a folder, with long paths. */
function files(count: number): TestEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `usr/lib/node_modules/package-${Math.floor(i / 200)}/lib/module-${i % 200}.js`,
    body: `exports.n = ${i};\n`,
  }));
}

/** Builds in a process of its own, as compiled code, and prints the most memory that the process had. */
const BUILD = `
  const { build, identify, openEnvironment, parseOsFile } = require('@nx-linuxkit/stages');
  const [root, formats] = process.argv.slice(1);
  const images = { 'test/': 'oci:images/' };
  const os = identify(parseOsFile('os/linuxkit.yml'), 'os', {});
  const request = { os, formats: formats.split(','), frozen: false, lockCommand: 'nx lock os' };
  build(openEnvironment(root, { store: 'store', images }), request, () => undefined)
    .then(() => console.log('peak', process.resourceUsage().maxRSS * 1024));
`;

async function workspace(place: Place, count: number): Promise<string> {
  const root = mkdtempSync(join(folder, `${place}-`));
  const images: Record<string, TestEntry[]> = {
    kernel: [{ name: 'kernel', body: kernel() }],
    tiny: [{ name: 'sbin/init', body: 'init' }],
    many: files(count),
  };
  for (const [name, entries] of Object.entries(images))
    layoutOf(await randomImage(1, { layers: [{ entries }] }), join(root, 'images', name));
  mkdirSync(join(root, 'os'));
  const kernelYaml = 'kernel: {image: test/kernel, cmdline: console=ttyS0, tar: none}\n';
  writeFileSync(join(root, 'os/linuxkit.yml'), `${kernelYaml}${YAMLS[place]}`);
  return root;
}

/** The header of a bzImage (Documentation/arch/x86/boot.rst), and bytes that no loader looks at. */
function kernel(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(0x20f, 0x206);
  bytes.writeUInt32LE(2047, 0x238);
  bytes.writeUInt32LE(0x7fffffff, 0x22c);
  return bytes;
}

/** The most memory that a first build takes, in bytes. */
async function peak(place: Place, count: number, formats: string): Promise<number> {
  const root = await workspace(place, count);
  try {
    const args = ['-e', BUILD, '--', root, formats];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', NODE_PATH: join(__dirname, '../node_modules') },
    });
    if (status !== 0) throw new Error(stderr);
    return Number(/^peak (\d+)$/m.exec(stdout)?.[1]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const CASES = sampleOf(
  (Object.keys(YAMLS) as Place[]).flatMap((place) =>
    ['kernel+initrd', 'tar', 'kernel+squashfs', 'kernel+erofs'].map((format) => [place, format] as const),
  ),
  ([place, format]) => (place === 'init' ? 'tar' : 'kernel+squashfs') === format,
);

it.each(CASES)('files of one image in %s cost a %s a bounded number of bytes each', async (place, format) => {
  const [few, many] = WHOLE ? [100, 200_000] : [10_000, 60_000];
  const grown = (await peak(place, many, format)) - (await peak(place, few, format));
  expect(grown).toBeLessThan(Math.min(BOUND, BYTES_A_FILE * (many - few)));
});
