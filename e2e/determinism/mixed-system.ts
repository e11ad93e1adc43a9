import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  indexOf,
  layoutOf,
  randomBytes,
  randomImage,
  randomNumbers,
  tarOf,
  type Compression,
  type TestEntry,
  type TestImage,
  type TestIndex,
} from '@nx-linuxkit/testing';

const SERVICES = 6;
const COMPRESSIONS: readonly Compression[] = ['gzip', 'zstd', 'none'];

/** Writes an OS that uses every feature. Its images are the same for the same seed. */
export async function writeMixedSystem(workspace: string): Promise<void> {
  const images = await mixedImages();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  };
  for (const [name, image] of Object.entries(images)) layoutOf(image, join(workspace, 'images', name));
  const mapped = Object.keys(images).map((name) => [`test/${name}`, `oci:images/${name}`]);
  write('settings.json', JSON.stringify({ images: Object.fromEntries(mapped), store: 'store' }));
  write('apps/mixed/linuxkit.yml', yaml());
  write('apps/mixed/motd.txt', 'Привет, 世界\n');
}

async function mixedImages(): Promise<Record<string, TestImage | TestIndex>> {
  const kernel = [
    { name: 'kernel', body: randomBytes(randomNumbers(7), 300_000) },
    { name: 'intel-ucode.cpio', body: randomBytes(randomNumbers(8), 10_001) },
    { name: 'kernel.tar', body: await tarOf(modules()) },
  ];
  const platforms = ['amd64', 'arm64'].map((architecture, i) =>
    randomImage(900 + i, { platform: { os: 'linux', architecture } }),
  );
  const services = Array.from({ length: SERVICES }, async (_, i) => [
    `service${i}`,
    await randomImage(i + 1, {
      layers: [{ files: 20, size: 20_000 }, { entries: oddEntries(i) }, { files: 1, size: 1_500_000 }],
      compression: COMPRESSIONS[i % COMPRESSIONS.length],
      format: i % 2 ? 'docker' : 'oci',
      config: { Cmd: [`/bin/${i}`], Env: [`N=${i}`, 'LC=ä'] },
    }),
  ]);
  return {
    kernel: await randomImage(100, { layers: [{ entries: kernel }] }),
    init: await randomImage(101, { layers: [{ entries: initEntries('init') }, { files: 20 }] }),
    tools: await randomImage(102, { layers: [{ entries: initEntries('tools') }] }),
    multi: indexOf(await Promise.all(platforms)),
    ...Object.fromEntries(await Promise.all(services)),
  };
}

function modules(): TestEntry[] {
  const next = randomNumbers(9);
  return Array.from({ length: 60 }, (_, i) => ({
    name: `./lib/modules/6.12/${(i * 37) % 60}.ko`,
    body: randomBytes(next, 9_000 + i),
  }));
}

function initEntries(word: string): TestEntry[] {
  return [
    ...(word === 'init' ? [{ name: 'lib', type: 'symlink', linkname: 'usr/lib' } as const] : []),
    { name: `${word === 'init' ? 'usr/' : ''}lib/apk/db/installed`, body: `P:${word}\n` },
    { name: `bin/${word}`, body: word, mode: 0o4755 },
  ];
}

/** Returns links, devices, whiteouts, attributes, and names in several scripts. */
function oddEntries(i: number): TestEntry[] {
  return [
    { name: 'ä/ö', body: 'umlauts', mode: 0o600, uid: 1000 + i, gid: 65534 },
    { name: 'Z-first', body: `${i}` },
    { name: 'a-second', type: 'link', linkname: 'Z-first' },
    { name: 'link', type: 'symlink', linkname: '../ä/ö' },
    { name: 'dev/null', type: 'character-device', device: [1, 3] },
    { name: 'run/pipe', type: 'fifo' },
    { name: `random-${(i + 1) * 1000}/.wh.1`, body: '' },
    { name: 'caps', body: 'x', pax: { 'SCHILY.xattr.user.note': `${i}` } },
  ];
}

function yaml(): string {
  const services = Array.from({ length: SERVICES }, (_, i) => `  - {name: s${i}, image: test/service${i}}`);
  return `kernel: {image: test/kernel, cmdline: "console=ttyS0 quiet", ucode: intel-ucode.cpio}
init: [test/init, test/tools]
volumes:
  - {name: blank}
  - {name: filled, image: test/service0}
  - {name: images, image: test/multi, format: oci}
  - {name: arm, image: test/multi, format: oci, platforms: [linux/arm64]}
onboot:
  - {name: first, image: test/service1, binds: ["blank:/data"]}
onshutdown:
  - {name: last, image: test/service1, readonly: true}
services:
${services.join('\n')}
files:
  - {path: etc/motd, source: motd.txt, mode: "0644"}
  - {path: etc/linuxkit.yml, metadata: yaml}
  - {path: etc/linuxkit.json, metadata: json}
  - {path: var/lib/empty, directory: true, mode: "0700", uid: s3}
  - {path: etc/localtime, symlink: /usr/share/zoneinfo/UTC}
`;
}
