import { identify, shortIdentity, wholeIdentity } from './identify.js';
import { parseOsFile, type OsFile } from './project-name.js';

const identityOf = (file: string, ...platforms: string[]) =>
  identify(parseOsFile(file) as OsFile, 'my-os', ...platforms);

it.each([
  ['a folder’s own system', identityOf('apps/my-os/linuxkit.yml'), ['name', 'file']],
  ['one in the root', identityOf('linuxkit.yml'), ['name', 'file']],
  ['a variant', identityOf('apps/my-os/debug.linuxkit.yml'), ['name', 'file', 'root', 'dist']],
  [
    'its only platform is another',
    identityOf('apps/my-os/linuxkit.yml', 'linux/arm64', 'linux/arm64'),
    ['name', 'file', 'platform'],
  ],
  [
    'a second platform',
    identityOf('apps/my-os/linuxkit.yml', 'linux/arm64', 'linux/amd64'),
    ['name', 'file', 'root', 'dist', 'platform'],
  ],
  [
    'a folder of dist of its own',
    { ...identityOf('apps/my-os/linuxkit.yml'), dist: 'dist/apps/my-os.linuxkit' },
    ['name', 'file', 'dist'],
  ],
])('an identity is whole again: %s', (_, identity, said) => {
  expect(Object.keys(shortIdentity(identity))).toEqual(said);
  expect(wholeIdentity(shortIdentity(identity))).toEqual(identity);
});
