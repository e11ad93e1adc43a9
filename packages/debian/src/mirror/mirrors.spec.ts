import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMirrors } from './mirrors.js';

describe('findMirrors', () => {
  let apt: string;
  beforeEach(async () => {
    apt = await mkdtemp(join(tmpdir(), 'apt-'));
    await mkdir(join(apt, 'sources.list.d'));
  });
  afterEach(() => rm(apt, { recursive: true }));

  const urls = async (): Promise<string[]> =>
    (await findMirrors({ env: {}, aptFolder: apt })).map(({ url }) => url);

  test('the option takes precedence over the environment, and that over apt', async () => {
    await writeFile(join(apt, 'sources.list'), 'deb http://apt.example/debian bookworm main\n');
    const env = { NX_LINUXKIT_DEBIAN_MIRROR: 'http://env.example/debian/' };
    const of = async (options: object): Promise<string> =>
      (await findMirrors({ aptFolder: apt, env: {}, ...options }))[0].url;
    expect(await of({ mirror: 'https://option.example/debian', env })).toBe('https://option.example/debian');
    expect(await of({ env })).toBe('http://env.example/debian');
    expect(await of({})).toBe('http://apt.example/debian');
  });

  test.each([
    ['plain', 'deb http://m.example/debian bookworm main contrib', true],
    [
      'with options',
      'deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://m.example/debian trixie main',
      true,
    ],
    ['updates', 'deb http://m.example/debian stable-updates main', true],
    ['a comment', '# deb http://m.example/debian bookworm main', false],
    ['sources', 'deb-src http://m.example/debian bookworm main', false],
    [
      'security, which lacks the release suite',
      'deb http://m.example/debian-security bookworm-security main',
      false,
    ],
    ['another vendor by suite', 'deb https://m.example/apt cloud-sdk-bookworm main', false],
    ['another vendor by component', 'deb https://m.example/linux bookworm stable', false],
    [
      'another vendor by key',
      'deb [signed-by=/usr/share/keyrings/vendor.gpg] https://m.example bookworm main',
      false,
    ],
    ['not http', 'deb cdrom:[Debian]/ bookworm main', false],
  ])('the one-line format: %s', async (_, line, taken) => {
    await writeFile(join(apt, 'sources.list.d', 'a.list'), `${line}\n`);
    await (taken
      ? expect(urls()).resolves.toEqual(['http://m.example/debian'])
      : expect(urls()).rejects.toThrow('no Debian mirror'));
  });

  test('the deb822 format: each URI of each enabled paragraph counts, once', async () => {
    await writeFile(
      join(apt, 'sources.list.d', 'debian.sources'),
      [
        'Types: deb deb-src',
        '# a comment',
        'URIs: http://a.example/debian http://b.example/debian/',
        'Suites: bookworm bookworm-updates',
        'Components: main',
        'Signed-By:',
        ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
        '',
        'Types: deb',
        'URIs: http://a.example/debian',
        'Suites: trixie',
        'Components: main',
        '',
        'Enabled: no',
        'Types: deb',
        'URIs: http://off.example/debian',
        'Suites: bookworm',
        'Components: main',
      ].join('\n'),
    );
    expect(await urls()).toEqual(['http://a.example/debian', 'http://b.example/debian']);
  });

  test('files that apt ignores are ignored', async () => {
    await writeFile(
      join(apt, 'sources.list.d', 'debian.list.disabled'),
      'deb http://m.example/debian bookworm main\n',
    );
    await expect(urls()).rejects.toThrow('no Debian mirror');
  });

  test('no mirror is an error that names the option, the variable and the files', async () => {
    await expect(findMirrors({ env: {}, aptFolder: apt })).rejects.toMatchObject({
      code: 'no-mirror',
      hint: expect.stringMatching(/debianMirror.*NX_LINUXKIT_DEBIAN_MIRROR.*sources\.list/s),
    });
  });
});
