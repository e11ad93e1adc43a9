import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { readContent, type Tree } from '@nx-linuxkit/tree';
import {
  attestedIndex,
  randomImage,
  startMemoryRegistry,
  tarOf,
  type AttestationSpec,
  type MemoryRegistry,
  type TestIndex,
} from '@nx-linuxkit/testing';
import { TestWorkspace, kernelLayer } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, readPlan, type OsFile, type Settings } from '../index.js';
import { parseOciImage } from '../layers/oci-image.js';
import { SBOM_FILE, sbomPath } from '../plan/sbom-plan.js';
import { describe as describeImage, describedImages } from './described-image.js';

type Json = ReturnType<typeof JSON.parse>;

const ON: Settings = { sbom: true };
/** An SPDX document as a scanner attaches it. */
const scan = (version: string) => ({
  spdxVersion: 'SPDX-2.3',
  creationInfo: { created: '2025-06-07T08:09:10Z' },
  packages: [
    {
      SPDXID: 'SPDXRef-lib',
      name: 'lib',
      versionInfo: version,
      downloadLocation: 'NONE',
      filesAnalyzed: false,
    },
  ],
  documentDescribes: ['SPDXRef-lib'],
});

let workspace: TestWorkspace;
let registry: MemoryRegistry;
beforeAll(async () => {
  registry = await startMemoryRegistry();
});
afterAll(() => registry.stop());
beforeEach(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [await kernelLayer(tarOf)]);
  await workspace.image('init', [
    [
      { name: 'etc/init', body: 'i' },
      { name: 'usr/share', type: 'directory', mode: 0o711 },
    ],
  ]);
  workspace.addImage('web', await webWith({ predicate: scan('1.0') }));
});
afterEach(() => workspace.remove());

async function webWith(...specs: AttestationSpec[]): Promise<TestIndex> {
  const entries = [{ name: 'bin/web', body: 'web' }];
  return attestedIndex(await randomImage(7, { layers: [{ entries }] }), specs);
}

const yaml = ({ env = 'A=1', web = 'test/web' } = {}) =>
  `kernel: {image: test/kernel}\ninit: [test/init]\nservices: [{name: web, image: '${web}', env: [${env}]}]\n`;

async function textOf(tree: Tree, path = SBOM_FILE): Promise<string | undefined> {
  const content = tree.get(path)?.content;
  return content && text(Readable.from(readContent(content)));
}
const sbomOf = async (name = 'os') => JSON.parse((await textOf(await workspace.tar(name))) ?? 'null') as Json;
const versionsIn = ({ packages }: Json) =>
  packages.filter(({ name }: Json) => name === 'lib').map(({ versionInfo }: Json) => versionInfo);
/** The stages and formats that have made something: a line of theirs ends with the time that it took. */
const stagesIn = (lines: readonly string[]) =>
  lines.filter((line) => /, [\d.]+ s$/.test(line)).map((line) => line.split(' ')[0]);

it('there is no bill of materials unless the settings ask for it, and nothing is asked for it', async () => {
  const lines = await workspace.build('os', yaml(), ['tar']);
  expect((await workspace.tar('os')).get(SBOM_FILE)).toBeUndefined();
  expect(stagesIn(lines)).not.toContain('sbom');
});

it('every output that has the root has the same file, readable for all and with LinuxKit’s time', async () => {
  await workspace.build('os', yaml(), ['tar', 'docker', 'kernel+initrd', 'tar-kernel-initrd'], ON);
  const inTar = await textOf(await workspace.tar('os'));
  expect(inTar).toBe(readFileSync(workspace.path('.linuxkit/os/sbom/sbom', SBOM_FILE), 'utf8'));
  const { tree, lost } = await workspace.initrd('os');
  expect(lost).toEqual([]);
  expect(await textOf(tree)).toBe(inTar);
  expect(tree.get(SBOM_FILE)).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtime: 1492533000 });
  const docker = workspace.output('os', 'docker', 'os.docker');
  expect(
    execFileSync('tar', ['--warning=no-unknown-keyword', '-xOf', docker, SBOM_FILE], { encoding: 'utf8' }),
  ).toBe(inTar);
  const [initrd, both] = [
    workspace.output('os', 'kernel+initrd', 'os-initrd.img'),
    workspace.output('os', 'tar-kernel-initrd', 'os-initrd.tar'),
  ];
  const packed = execFileSync('tar', ['--warning=no-unknown-keyword', '-xOf', both, 'initrd.img']);
  expect(packed.equals(readFileSync(initrd))).toBe(true);
});

it('it names each image at its place, and what is attached to it', async () => {
  await workspace.build('os', yaml(), ['tar'], ON);
  const { packages, creationInfo } = await sbomOf();
  const places = packages.map(({ name, packageFileName }: Json) => [name, packageFileName ?? null]);
  expect(places).toEqual([
    ['root file system', './'],
    ['docker.io/test/kernel', './'],
    ['docker.io/test/init', './'],
    ['docker.io/test/web', './containers/services/web/lower'],
    ['lib', null],
  ]);
  expect(creationInfo.created).toBe('2025-06-07T08:09:10Z');
});

it('a changed env neither makes the document again nor compresses it again', async () => {
  await workspace.build('os', yaml(), ['kernel+initrd'], ON);
  const part = () => execFileSync('find', [workspace.path('store/derived/part'), '-name', '*generated*']);
  const [before, parts] = [await textOf((await workspace.initrd('os')).tree), part().toString()];
  const lines = await workspace.build('os', yaml({ env: 'A=2' }), ['kernel+initrd'], ON);
  expect(stagesIn(lines)).toEqual(['oci-config', 'initramfs', 'kernel+initrd']);
  expect(part().toString()).toBe(parts);
  expect(parts).not.toBe('');
  const { tree } = await workspace.initrd('os');
  expect(await textOf(tree)).toBe(before);
  expect(await textOf(tree, 'containers/services/web/config.json')).toContain('A=2');
});

it('another image, and another scan of the same image, make it again', async () => {
  await workspace.build('os', yaml(), ['tar', 'kernel+initrd'], ON);
  const first = await sbomOf();
  workspace.addImage('web', await webWith({ predicate: scan('2.0') }));
  rmSync(workspace.path('os/linuxkit.lock.json'));
  await workspace.buildAgain('os', ['tar', 'kernel+initrd'], ON);
  const second = await sbomOf();
  expect([versionsIn(first), versionsIn(second)]).toEqual([['1.0'], ['2.0']]);
  expect(second.documentNamespace).not.toBe(first.documentNamespace);
  expect(await textOf((await workspace.initrd('os')).tree)).toBe(await textOf(await workspace.tar('os')));
});

it('is damaged in the output: it is made again', async () => {
  await workspace.build('os', yaml(), ['tar'], ON);
  const first = await textOf(await workspace.tar('os'));
  workspace.write(`.linuxkit/os/sbom/sbom/${SBOM_FILE}`, first!.replace('1.0', '6.6'));
  expect(stagesIn(await workspace.buildAgain('os', ['tar'], ON))).toContain('sbom');
  expect(await textOf(await workspace.tar('os'))).toBe(first);
});

describe('from a registry', () => {
  const reference = () => `${registry.host}/web:1`;

  it('a build that fetched it once repeats without a network, byte for byte', async () => {
    registry.add('web', '1', await webWith({ predicate: scan('1.0') }));
    await workspace.build('os', yaml({ web: reference() }), ['tar'], ON);
    const first = readFileSync(workspace.output('os', 'tar', 'os.tar'));
    const requests = registry.accepted();
    rmSync(workspace.path('.linuxkit'), { recursive: true });
    await workspace.buildAgain('os', ['tar'], ON);
    expect(registry.accepted()).toBe(requests);
    expect(readFileSync(workspace.output('os', 'tar', 'os.tar')).equals(first)).toBe(true);
    const [, , , image] = (await sbomOf()).packages;
    expect(image.name).toBe(reference());
    expect(image.externalRefs[0].referenceLocator).toContain(encodeURIComponent(`${registry.host}/web`));
  });

  it('a scan that is broken is a warning, and a note in the document', async () => {
    registry.add('web', '1', await webWith({ predicate: { spdxVersion: 'SPDX-3.0' } }));
    const lines = await workspace.build('os', yaml({ web: reference() }), ['tar'], ON);
    const warning = /attestation sha256:\w+ of \S+\/web has the version "SPDX-3.0", expected SPDX-2.3/;
    expect(lines).toContainEqual(expect.stringMatching(/^warning: attestation .*; the SBOM of os lacks it$/));
    expect(lines.join('\n')).toMatch(warning);
    expect((await sbomOf()).packages[3].comment).toMatch(warning);
  });

  it('a scan that the registry does not give is an error that says how to do without', async () => {
    const index = await webWith({ predicate: scan('lost') });
    registry.add('lost', '1', { ...index, further: { ...index.further!, manifests: [] } });
    await workspace.build('os', yaml({ web: `${registry.host}/lost:1` }), ['tar']);
    await expect(workspace.buildAgain('os', ['tar'], ON)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/^the attestations of \S+\/lost: /),
      hint: expect.stringContaining('--no-sbom'),
    });
  });
});

describe('the path', () => {
  it('may lie below folders of images, whose modes stay, and of its own', async () => {
    for (const path of ['usr/share/sbom.json', '/own/folder/sbom.json']) {
      await workspace.build('os', yaml(), ['tar', 'kernel+initrd'], { sbom: path });
      const place = path.replace(/^\//, '');
      const { tree, lost } = await workspace.initrd('os');
      expect(lost).toEqual([]);
      expect(await textOf(tree, place)).toBe(await textOf(await workspace.tar('os'), place));
      expect(JSON.parse((await textOf(tree, place))!).spdxVersion).toBe('SPDX-2.3');
      expect(tree.get('usr/share')?.mode).toBe(0o711);
      expect(tree.get(SBOM_FILE)).toBeUndefined();
    }
    expect((await workspace.initrd('os')).tree.get('own/folder')).toMatchObject({ type: 'dir', mode: 0o755 });
  });

  it('wins over an image’s file and over `files`, as in LinuxKit’s tar', async () => {
    await workspace.image('init', [[{ name: SBOM_FILE, body: 'of the image' }]]);
    const files = `files: [{path: ${SBOM_FILE}, contents: of the YAML}]\n`;
    await workspace.build('os', yaml() + files, ['tar', 'kernel+initrd'], ON);
    const inTar = await textOf(await workspace.tar('os'));
    expect(inTar).toMatch(/^\{"spdxVersion"/);
    expect(await textOf((await workspace.initrd('os')).tree)).toBe(inTar);
  });

  it.each(['', '/', '.', '..', '../x', 'a/../../x', 'a/', 'a\0'])('%j is no path of a file', async (path) => {
    expect(sbomPath(path)).toBeUndefined();
    await expect(workspace.build('os', yaml(), ['tar'], { sbom: path })).rejects.toMatchObject({
      code: 'bad-option',
      where: { file: 'nx.json' },
    });
  });

  it.each([
    ['/sbom.json', 'sbom.json'],
    ['./a//b/../sbom.json', 'a/sbom.json'],
  ])('%j is %j', (given, path) => expect(sbomPath(given)).toBe(path));
});

it('a package has the records of its lock: source and architecture are those of the path in the archive', async () => {
  const path = (...parts: string[]) => workspace.path(...parts);
  mkdirSync(path('os/pkg'), { recursive: true });
  const lock = readFileSync(join(__dirname, '../../../../images/nginx/build.lock.json'), 'utf8');
  workspace.write('os/pkg/build.lock.json', lock);
  workspace.write('os/pkg/build.yml', 'image: app\ncontents: {packages: [nginx]}\n');
  workspace.write('os/linuxkit.yml', "services: [{name: app, image: '@pkg:./pkg'}]\n");
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const plan = readPlan(workspace.root, os, ON).plan(os);
  const image = await randomImage(1);
  const document = parseOciImage(
    image.manifest.descriptor.digest,
    image.manifest.bytes,
    image.config.bytes,
    'app',
  );
  const [described] = await describedImages(plan, {
    context: { path, store: workspace.environment().store },
    sources: { of: () => Promise.reject(new Error('nothing is fetched')) },
    layersOf: () => ({}) as never,
    imageOf: async () => document,
  });
  const { name, place, debian } = describeImage(described);
  expect([name, place, debian?.suite]).toEqual(['pkg', 'containers/services/app/lower', 'bookworm']);
  const pinned = JSON.parse(lock).architectures.amd64.packages;
  expect(debian?.packages.map((record) => record.name)).toEqual(Object.keys(pinned));
  const { version, sha256 } = pinned['libgcc-s1'];
  expect(debian?.packages).toContainEqual({
    name: 'libgcc-s1',
    version,
    sha256,
    source: 'gcc-12',
    architecture: 'amd64',
  });
  expect(debian?.packages.find((record) => record.name === 'nginx-common')?.architecture).toBe('all');
});
