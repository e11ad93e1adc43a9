import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import { randomImage, tarOf, type TestEntry } from '@nx-linuxkit/testing';
import { TestWorkspace, kernelLayer } from '../__tests__/test-workspace.js';
import { writeSystemBom } from '../bom/index.js';
import { elfFile } from './__tests__/elf-file.js';
import { identify, parseOsFile, type OsFile } from '../index.js';

type Json = ReturnType<typeof JSON.parse>;

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [await kernelLayer(tarOf)]);
  await workspace.image('init', [[{ name: 'bin/init', body: 'i' }]]);
});
afterAll(() => workspace.remove());

/** Lays a service of these files beside a kernel and an init, and gives the packages that its bill of materials has. */
async function packagesOf(
  name: string,
  entries: readonly TestEntry[],
): Promise<{ packages: Json[]; log: string[] }> {
  workspace.addImage('web', await randomImage(7, { layers: [{ entries }] }));
  const yaml = 'kernel: {image: test/kernel}\ninit: [test/init]\nservices: [{name: web, image: test/web}]\n';
  await workspace.build(name, yaml, ['kernel+initrd']);
  const log: string[] = [];
  const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name);
  await writeSystemBom(workspace.environment(), os, { cwd: workspace.root }, (line) => log.push(line));
  const { components } = JSON.parse(await read(name, `${name}.cdx.json`));
  return { packages: components.at(-1).components ?? [], log };
}

async function read(name: string, file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(workspace.output(name, 'sbom', file), 'utf8');
}

const shown = ({ purl, licenses, evidence }: Json) => [
  purl,
  licenses?.[0].expression ?? licenses?.[0].license.name ?? null,
  evidence.occurrences[0].location,
];

const goProgram = () => {
  const modules =
    'path\texample.org/tool\nmod\texample.org/tool\t(devel)\ndep\tgolang.org/x/net\tv0.17.0\th1:x=\ndep\told.org/a\tv1.0.0\n=>\tnew.org/a\tv1.2.3\th1:y=\n';
  const text = (value: string | Buffer) =>
    Buffer.concat([
      Buffer.from([Buffer.byteLength(value) | 0x80, Buffer.byteLength(value) >> 7]),
      Buffer.from(value),
    ]);
  const header = Buffer.concat([
    Buffer.from('\xff Go buildinf:', 'latin1'),
    Buffer.from([8, 2]),
    Buffer.alloc(16),
  ]);
  const framed = Buffer.concat([Buffer.alloc(16, 1), Buffer.from(modules), Buffer.alloc(16, 2)]);
  return elfFile({ '.go.buildinfo': Buffer.concat([header, text('go1.21.3'), text(framed)]) });
};
const rustProgram = () =>
  elfFile({
    '.dep-v0': deflateSync(
      JSON.stringify({
        packages: [
          { name: 'tool', version: '0.1.0', source: 'local', root: true },
          { name: 'serde', version: '1.0.200', source: 'crates.io' },
          { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
        ],
      }),
    ),
  });

it('packages that files of an image name are in both documents: records, lock files, metadata, programs', async () => {
  const { packages } = await packagesOf('all', [
    { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\n' },
    {
      name: 'var/lib/dpkg/status',
      body:
        'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-8)\nVersion: 2.36-9\nDescription: x\n long\n\n' +
        'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: amd64\n',
    },
    {
      name: 'usr/share/doc/libc6/copyright',
      body: 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: LGPL-2.1+\n\nFiles: a\nLicense: Expat\n',
    },
    { name: 'var/lib/dpkg/status.d/tool', body: 'Package: tool\nArchitecture: all\nVersion: 1:2-3\n' },
    {
      name: 'usr/share/doc/tool/copyright.gz',
      body: gzipSync('see /usr/share/common-licenses/GPL-2, or any later version'),
    },
    {
      name: 'app/package-lock.json',
      body: JSON.stringify({
        lockfileVersion: 3,
        packages: {
          '': { name: 'app', version: '1.0.0' },
          'node_modules/@a/b': { version: '1.2.3', license: 'MIT' },
          'node_modules/dev': { version: '1.0.0', dev: true },
        },
      }),
    },
    { name: 'src/go.mod', body: 'module example.org/m\nrequire (\n\tgithub.com/a/b v1.0.0 // indirect\n)\n' },
    {
      name: 'src/Cargo.lock',
      body: 'version = 3\n\n[[package]]\nname = "own"\nversion = "0.1.0"\n\n[[package]]\nname = "libc"\nversion = "0.2.1"\nsource = "registry+https://example.org"\ndependencies = [\n "x",\n]\n',
    },
    {
      name: 'usr/lib/python3/dist-packages/Flask_Thing-2.0.dist-info/METADATA',
      body: 'Metadata-Version: 2.1\nName: Flask_Thing\nVersion: 2.0\nClassifier: License :: OSI Approved :: MIT License\n\nText\nName: no\n',
    },
    { name: 'usr/bin/tool', body: goProgram(), mode: 0o755 },
    { name: 'usr/bin/rusty', body: rustProgram(), mode: 0o755 },
    { name: 'usr/bin/plain', body: '#!/bin/sh\n', mode: 0o755 },
  ]);
  expect(packages.map(shown)).toEqual([
    ['pkg:cargo/libc@0.2.1', null, '/src/Cargo.lock'],
    ['pkg:cargo/serde@1.0.200', null, '/usr/bin/rusty'],
    [
      'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc%402.36-8',
      'LGPL-2.1-or-later AND MIT',
      '/var/lib/dpkg/status',
    ],
    [
      'pkg:deb/debian/tool@1:2-3?arch=all&distro=debian-12',
      'GPL-2.0-or-later',
      '/var/lib/dpkg/status.d/tool',
    ],
    ['pkg:golang/github.com/a/b@v1.0.0', null, '/src/go.mod'],
    ['pkg:golang/golang.org/x/net@v0.17.0', null, '/usr/bin/tool'],
    ['pkg:golang/new.org/a@v1.2.3', null, '/usr/bin/tool'],
    ['pkg:golang/stdlib@1.21.3', null, '/usr/bin/tool'],
    ['pkg:npm/%40a/b@1.2.3', 'MIT', '/app/package-lock.json'],
    ['pkg:pypi/flask-thing@2.0', 'MIT', '/usr/lib/python3/dist-packages/Flask_Thing-2.0.dist-info/METADATA'],
  ]);
  const { packages: elements } = JSON.parse(await read('all', 'all.spdx.json'));
  const purls = elements.flatMap(({ externalRefs = [] }: Json) =>
    externalRefs.map((one: Json) => one.referenceLocator),
  );
  expect(purls).toEqual(expect.arrayContaining(packages.map(({ purl }) => purl)));
});

it('packages of Alpine have their origin and their licence', async () => {
  const { packages } = await packagesOf('alpine', [
    { name: 'etc/os-release', body: 'ID=alpine\nVERSION_ID=3.19.1\n' },
    {
      name: 'lib/apk/db/installed',
      body: 'C:Q1x\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\n\n',
    },
  ]);
  expect(packages.map(shown)).toEqual([
    [
      'pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&distro=alpine-3.19.1&upstream=openssl',
      'Apache-2.0',
      '/lib/apk/db/installed',
    ],
  ]);
});

it('a damaged lock file is a warning that names the file and the image, and a damaged program is none', async () => {
  const { packages, log } = await packagesOf('damaged', [
    { name: 'app/package-lock.json', body: '{"packages": ' },
    { name: 'usr/bin/tool', body: goProgram().subarray(0, 200), mode: 0o755 },
  ]);
  expect(packages).toEqual([]);
  expect(log.filter((line) => line.startsWith('warning'))).toEqual([
    expect.stringMatching(
      /^warning: \/app\/package-lock\.json of \S+ cannot be read, so its packages are not listed$/,
    ),
  ]);
});

it('two runs give the same bytes', async () => {
  const entries = [{ name: 'lib/apk/db/installed', body: 'P:a\nV:1-r0\n' }];
  await packagesOf('twice', entries);
  const files = ['twice.cdx.json', 'twice.provenance.json', 'twice.spdx.json'];
  const first = await Promise.all(files.map((file) => read('twice', file)));
  await packagesOf('twice', entries);
  expect(await Promise.all(files.map((file) => read('twice', file)))).toEqual(first);
  const { subject } = JSON.parse(first[1]);
  const hashes = subject.map(({ name, digest }: Json) => [name, digest.sha256]);
  const made = ['twice-kernel', 'twice-initrd.img'].map((file) => [
    `kernel+initrd/${file}`,
    createHash('sha256')
      .update(readFileSync(workspace.output('twice', 'kernel+initrd', file)))
      .digest('hex'),
  ]);
  expect(hashes).toEqual(made);
});
