import { identify, shortIdentity, wholeIdentity, type OsChoice } from './identify.js';
import { parseOsFile, type OsFile } from './project-name.js';

const identityOf = (file: string, choice?: OsChoice) =>
  identify(parseOsFile(file) as OsFile, 'my-os', choice);
const arm = (firstPlatform: string) => ({ platform: 'linux/arm64', firstPlatform });

it.each([
  ['a folder’s own system', identityOf('apps/my-os/linuxkit.yml'), ['name', 'file']],
  ['one in the root', identityOf('linuxkit.yml'), ['name', 'file']],
  ['a variant', identityOf('apps/my-os/debug.linuxkit.yml'), ['name', 'file', 'root', 'dist']],
  [
    'its only platform is another',
    identityOf('apps/my-os/linuxkit.yml', arm('linux/arm64')),
    ['name', 'file', 'platform'],
  ],
  [
    'a second platform',
    identityOf('apps/my-os/linuxkit.yml', arm('linux/amd64')),
    ['name', 'file', 'root', 'dist', 'platform'],
  ],
  [
    'a variant by the key variants',
    identityOf('apps/my-os/linuxkit.yml', { variant: 'lts' }),
    ['name', 'file', 'root', 'dist', 'variant'],
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

it('a variant by another file and one by the key variants have one name, and roots of their own', () => {
  const [file, key] = [
    identityOf('apps/my-os/debug.linuxkit.yml'),
    identityOf('apps/my-os/linuxkit.yml', { variant: 'debug' }),
  ];
  expect([file.name, key.name]).toEqual(['my-os-debug', 'my-os-debug']);
  expect(file.root).not.toBe(key.root);
});
