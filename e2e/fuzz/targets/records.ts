import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import type { FoundPackage } from '@nx-linuxkit/sbom';
import { bytesContent, Tree, type Inode } from '@nx-linuxkit/tree';
import { elfFile } from '../../../packages/stages/src/inventory/__tests__/elf-file.js';
import { foundPackages } from '../../../packages/stages/src/inventory/found-packages.js';
import { installedPackages } from '../../../packages/stages/src/installed/installed-packages.js';
import { checkDocuments, checkScan, writeFeed } from '../check-system.js';
import { mutateBytes } from '../mutate-bytes.js';
import { mutateJson } from '../mutate-json.js';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const DEP5 = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/';

/** Files of an image by their paths, each a file that names packages or says something about one. */
const RECORDS: Readonly<Record<string, string>> = {
  'var/lib/dpkg/status':
    'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-8)\nVersion: 2.36-9\n' +
    'Description: x\n long\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1:2~3-4\n',
  'lib/apk/db/installed':
    'P:libcrypto3\nV:3.1.4-r5\nA:x86_64\nL:Apache-2.0 AND MIT\no:openssl\nF:lib\nR:libcrypto.so.3\n\nP:b\nV:1_p1\n',
  'app/package-lock.json':
    '{"lockfileVersion":3,"packages":{"":{"name":"app"},"node_modules/@a/b":{"version":"1.2.3","license":"MIT"},' +
    '"node_modules/c":{"name":"d","version":"1.0.0-rc.1","dev":true}},"dependencies":{"e":{"version":"2.0.0"}}}',
  'old/package-lock.json':
    '{"lockfileVersion":1,"dependencies":{"e":{"version":"2.0.0","dependencies":{"f":{"version":"3.0.0"}}}}}',
  'src/go.mod':
    'module example.org/m\ngo 1.21\nrequire (\n\tgithub.com/a/b v1.0.0 // indirect\n)\nrequire golang.org/x/net v0.17.0\n',
  'src/Cargo.lock':
    'version = 3\n\n[[package]]\nname = "libc"\nversion = "0.2.1"\nsource = "registry+x"\ndependencies = [\n "y",\n]\n',
  'usr/lib/python3/dist-packages/Flask_Thing-2.0.dist-info/METADATA':
    'Metadata-Version: 2.1\nName: Flask_Thing\nVersion: 2.0\nLicense-Expression: MIT\n' +
    'Classifier: License :: OSI Approved :: MIT License\n\nText\n',
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nNAME=\'x\'\n',
  'usr/share/doc/libc6/copyright': `${DEP5}\n\nFiles: *\nLicense: LGPL-2.1+ or (GPL-2 and Expat)\n\nFiles: a\nLicense: BSD\n text\n`,
};
const FEED = [
  ['Debian', 'glibc'],
  ['Alpine', 'openssl'],
  ...['@a/b', 'e', 'f'].map((name) => ['npm', name] as const),
  ...['github.com/a/b', 'golang.org/x/net'].map((name) => ['Go', name] as const),
  ...['libc', 'serde'].map((name) => ['crates.io', name] as const),
  ['PyPI', 'flask-thing'],
] as const;

/** Files of an image that name packages, up to the documents about a system and its scan. An input begins with the path of its file. */
export const records: Target = {
  name: 'records',
  sample: 500,
  faults: {},
  seeds: async () => Object.entries(RECORDS).map(([path, text]) => Buffer.from(`${path}\n${text}`)),
  mutate(next, input, other) {
    const [path, text] = parted(input);
    const mutate = path.endsWith('.json') && next(2) === 0 ? mutateJson : mutateText;
    return Buffer.concat([Buffer.from(`${path}\n`), mutate(next, text, parted(other)[1])]);
  },
  read(input) {
    const [path, text] = parted(input);
    return checkFiles({ ...RECORDS, [path]: text });
  },
};

type Sections = Readonly<Record<'.go.buildinfo' | '.dep-v0', Buffer>>;

/** A program that lists what it was built from: an ELF file with the lists of Go and of cargo-auditable. */
export const program: Target = {
  name: 'program',
  sample: 800,
  faults: {},
  seeds: async () => [elfFile(sectionsOfSeed())],
  // Most damage to the file hides the lists, so half of the inputs are right files with damaged lists.
  mutate(next, input, other) {
    if (next(2) === 0) return mutateBytes(next, input, other);
    const { '.go.buildinfo': go, '.dep-v0': rust } = sectionsOfSeed();
    const json = inflateSync(rust);
    return elfFile({
      '.go.buildinfo': mutateBytes(next, go, other),
      '.dep-v0': deflateSync(mutateJson(next, json, json)),
    });
  },
  read: (input) => checkFiles({ 'usr/bin/tool': input }),
};

function sectionsOfSeed(): Sections {
  const text = (value: string | Buffer) =>
    Buffer.concat([
      Buffer.from([Buffer.byteLength(value) | 0x80, Buffer.byteLength(value) >> 7]),
      Buffer.from(value),
    ]);
  const modules =
    'path\tx\nmod\tx\t(devel)\ndep\tgolang.org/x/net\tv0.17.0\th1:x=\ndep\told\tv1.0.0\n=>\tnew\tv1.2.3\n';
  const framed = Buffer.concat([Buffer.alloc(16, 1), Buffer.from(modules), Buffer.alloc(16, 2)]);
  const go = [
    Buffer.from('\xff Go buildinf:\x08\x02', 'latin1'),
    Buffer.alloc(16),
    text('go1.21.3'),
    text(framed),
  ];
  const crates = [
    { name: 'serde', version: '1.0.200', source: 'crates.io' },
    { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
  ];
  return {
    '.go.buildinfo': Buffer.concat(go),
    '.dep-v0': deflateSync(JSON.stringify({ packages: crates })),
  };
}

/** Cuts an input at its first line break: the path of a file, and the file. */
function parted(input: Buffer): [path: string, text: Buffer] {
  const end = input.indexOf('\n');
  return [input.toString('utf8', 0, end), input.subarray(end + 1)];
}

let feed: string | undefined;

async function checkFiles(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const tree = new Tree();
  for (const [path, bytes] of Object.entries(files)) {
    const inode: Inode = {
      ...{ type: 'file', mode: 0o755, uid: 0, gid: 0, mtime: 0 },
      content: bytesContent(bytes),
    };
    tree.set(path, inode);
  }
  const found: FoundPackage[] = await foundPackages(tree, 'image', () => undefined);
  await installedPackages(tree, [], []);
  const digest = `sha256:${'a'.repeat(64)}`;
  const image = { name: 'image', digest, platform: 'linux/amd64', place: 'a/b', attested: [], found };
  checkDocuments(image);
  if (!feed) {
    feed = join(mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-')), 'feed.json');
    writeFeed(feed, FEED);
  }
  await checkScan(image, feed);
}
