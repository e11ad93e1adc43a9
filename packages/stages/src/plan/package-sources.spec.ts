import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageHash } from './package-hash.js';
import { packageSources } from './package-sources.js';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-package-'));
  folder = join(root, 'package');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const BUILD = `image: a
contents:
  files:
    - {path: /a, source: files/a}
    - {path: /b, source: "files/\${arch}"}
    - {path: /c, contents: c}
  applets: {binary: /bin/busybox, source: applets}
`;

it('are all that build.yml names, for every architecture', () => {
  write('package/build.yml', BUILD);
  expect(packageSources(folder)).toEqual(['files/a', 'files/amd64', 'files/arm64', 'applets']);
});

it('cover every key of the schema by which a package names a file of its own', () => {
  const schema = readFileSync(join(__dirname, '../../../debian/schema/contents.schema.json'), 'utf8');
  const named: string[] = [];
  JSON.parse(schema, function (this: object, key: string, value: unknown) {
    if (key === 'source') named.push(JSON.stringify(value));
    return value;
  });
  // files[].source and applets.source; `required` names the second one as a value.
  expect(named).toHaveLength(2);
});

it.each(['', 'image: [', 'contents: {files: 3}', 'contents: []', 'contents: {files: [{source: [1]}]}'])(
  'of a build.yml that cannot be used, %j, are none, because the stage reports it',
  (text) => {
    write('package/build.yml', text);
    expect(packageSources(folder)).toEqual([]);
  },
);

describe('the hash of a package', () => {
  beforeEach(() => {
    write('package/build.yml', BUILD);
    write('package/files/a/deep', '1');
    write('shared/text', '1');
    symlinkSync('../../shared', join(folder, 'files/amd64'));
  });
  const changes = (change: () => void): boolean => {
    const before = packageHash(folder);
    change();
    return packageHash(folder) !== before;
  };

  it.each([
    ['a file below a source', 'package/files/a/deep'],
    ['a file that a link leads to', 'shared/text'],
    ['the lock', 'package/build.lock.json'],
    ['a new file of a source', 'package/files/a/new'],
    ['a source that was missing', 'package/applets'],
  ])('changes with %s', (_, path) => expect(changes(() => write(path, '2'))).toBe(true));

  it('stays when a file changes that build.yml does not name', () => {
    expect(changes(() => write('package/README.md', '2'))).toBe(false);
  });

  it('ends for a loop of links', () => {
    symlinkSync('.', join(folder, 'files/a/loop'));
    symlinkSync('self', join(folder, 'applets'));
    expect(packageHash(folder)).toMatch(/^[0-9a-f]{64}$/);
  });
});
