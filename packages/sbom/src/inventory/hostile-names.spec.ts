import { inventory, readPackageLock, type FoundPackage, type SbomImage } from '../index.js';
import { attestedComponents } from './attested-components.js';

const image = (found: readonly FoundPackage[]): SbomImage => ({
  ...{ name: 'web', digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64', place: 'a', attested: [] },
  found,
});

it.each(['@a/', 'a/', '/', '@/b'])(
  'a name that no package URL can hold, %s, is listed by its name',
  (name) => {
    const found: FoundPackage = { type: 'golang', name, version: '1', path: 'go.mod' };
    const [{ components }] = inventory({ images: [image([found])] });
    expect(components).toMatchObject([{ type: 'golang', name, version: '1' }]);
  },
);

it('half a character in a lock file is none that a URL can hold, and does not end the list', () => {
  const lock = JSON.parse(
    String.raw`{"packages":{"node_modules/a":{"version":"1.0\ud800"},"node_modules/b":{"version":"2.0.0","license":"\udfff"}}}`,
  );
  const found = readPackageLock(lock).map((one) => ({ ...one, path: 'package-lock.json' }));
  const [{ components }] = inventory({ images: [image(found)] });
  expect(components.map(({ purl }) => purl)).toEqual(['pkg:npm/a@1.0%EF%BF%BD', 'pkg:npm/b@2.0.0']);
});

it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'a distribution whose name is that of a method, %s, has no version',
  (distro) => {
    const referenceLocator = `pkg:deb/debian/a@1?distro=${distro}`;
    const element = { name: 'a', externalRefs: [{ referenceType: 'purl', referenceLocator }] };
    const attested = { digest: '', packages: [element], files: [], relationships: [], licenses: [] };
    expect(attestedComponents(attested)[0].distribution).toEqual({ id: 'debian' });
  },
);
