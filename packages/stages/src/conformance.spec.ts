import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from './index.js';
import { treeOfInitrd, treeOfTar } from './__tests__/archive-tree.js';
import { linesExpected, linesOfTree, type ExpectedEntry } from './__tests__/expected-tree.js';

const FIXTURES = join(__dirname, '__fixtures__/rootfs');

interface Case {
  readonly name: string;
  readonly yaml: string;
  readonly expect: readonly ExpectedEntry[];
}

const cases = JSON.parse(readFileSync(join(FIXTURES, 'cases.json'), 'utf8')) as Case[];
const images = readdirSync(join(FIXTURES, 'images'));

describe('the tree is LinuxKit’s, whichever way it is written', () => {
  let workspace: string;

  beforeAll(() => {
    workspace = mkdtempSync(join(tmpdir(), 'nx-linuxkit-conformance-'));
    cpSync(join(FIXTURES, 'images'), join(workspace, 'images'), { recursive: true });
  });
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  it.each(cases)('$name', async ({ name, yaml, expect: entries }) => {
    mkdirSync(join(workspace, name));
    writeFileSync(join(workspace, name, 'linuxkit.yml'), yaml);
    const mapped = Object.fromEntries(images.map((image) => [`conf/${image}`, `oci:images/${image}`]));
    const environment = openEnvironment(workspace, { images: mapped, store: 'store' });
    const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name);
    const formats = ['tar', 'kernel+initrd'];
    await build(environment, { os, formats, frozen: false, lockCommand: '' }, () => undefined);

    const dist = join(workspace, 'dist', name);
    const tar = await treeOfTar(join(dist, 'tar', `${name}.tar`));
    expect(await linesOfTree(tar, true)).toEqual(linesExpected(entries, true));

    const { tree, lost } = await treeOfInitrd(join(dist, 'kernel+initrd', `${name}-initrd.img`));
    expect(lost).toEqual([]);
    const inInitrd = entries.filter(({ path }) => !path.startsWith('boot/'));
    expect(await linesOfTree(tree, false)).toEqual(linesExpected(inInitrd, false));
  });
});
