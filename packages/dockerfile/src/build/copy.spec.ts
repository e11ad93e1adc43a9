import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { DockerfileError } from '../error.js';
import { build, listing, type Built, type BuildOptions } from '../__tests__/build.js';

const FILES = {
  'a.md': '1',
  'a.txt': '22',
  'd/b.md': '1',
  'd/b.txt': '22',
  'd/e/c.md': '1',
  'd/e/c.txt': '22',
  'd/empty.md/f': '1',
};

/** The paths of the last layer, folders with a slash. */
async function pathsOf(instruction: string, files = FILES): Promise<string[]> {
  const { layers } = await build(`FROM scratch\n${instruction}\n`, files);
  return (layers.at(-1) ?? []).map(({ path, type }) => (type === 'dir' ? `${path}/` : path));
}

describe('--exclude', () => {
  test('leaves out what a pattern matches below a source, as in a .dockerignore', async () => {
    expect(await pathsOf('COPY --exclude=*.md d /x')).toEqual([
      'x/',
      'x/b.txt',
      'x/e/',
      'x/e/c.md',
      'x/e/c.txt',
    ]);
    expect(await pathsOf('COPY --exclude=**/*.md d /x')).toEqual(['x/', 'x/b.txt', 'x/e/', 'x/e/c.txt']);
    expect(await pathsOf('COPY --exclude=e --exclude=*.txt d /x')).toEqual([
      'x/',
      'x/b.md',
      'x/empty.md/',
      'x/empty.md/f',
    ]);
  });

  test('takes in again what a later pattern excepts, with the folders above', async () => {
    expect(await pathsOf('COPY --exclude=* --exclude=!e/c.txt d /x')).toEqual(['x/', 'x/e/', 'x/e/c.txt']);
  });

  test('leaves out a source by its name, as the reference of Dockerfiles says', async () => {
    expect(await pathsOf('COPY --exclude=*.txt a* /x/')).toEqual(['x/', 'x/a.md']);
  });

  test('is a flag of ADD as well, and knows no variables', async () => {
    expect(await pathsOf('ARG P=*.md\nADD --exclude=$P --exclude=e d /x')).toContain('x/b.md');
  });
});

describe('--parents', () => {
  test('keeps the folders above a source', async () => {
    expect(await pathsOf('COPY --parents d/e/c.md a.md /x/')).toEqual([
      'x/',
      'x/a.md',
      'x/d/',
      'x/d/e/',
      'x/d/e/c.md',
    ]);
  });

  test('keeps those after a dot in the path, and the destination is a folder', async () => {
    expect(await pathsOf('COPY --parents ./d/./e/*.md /x')).toEqual(['x/', 'x/e/', 'x/e/c.md']);
    expect(await pathsOf('COPY --parents /d/e/. /x')).toEqual([
      'x/',
      'x/d/',
      'x/d/e/',
      'x/d/e/c.md',
      'x/d/e/c.txt',
    ]);
  });

  test('matches any number of folders by two asterisks', async () => {
    expect(await pathsOf('COPY --parents **/*.md /x')).toEqual([
      'x/',
      'x/a.md',
      'x/d/',
      'x/d/b.md',
      'x/d/e/',
      'x/d/e/c.md',
      'x/d/empty.md/',
      'x/d/empty.md/f',
    ]);
  });

  test('goes together with --exclude, whose patterns start where the kept folders start', async () => {
    expect(await pathsOf('COPY --parents --exclude=e/*.txt d/./e /x')).toEqual(['x/', 'x/e/', 'x/e/c.md']);
  });

  test('with false is no flag at all', async () => {
    expect(await pathsOf('COPY --parents=false d/b.md /x/')).toEqual(['x/', 'x/b.md']);
  });

  test('takes files of a stage with the modes of the folders above', async () => {
    const text = `FROM scratch AS one
COPY --chmod=0700 --chown=5 d /o/p
FROM scratch
COPY --from=one --parents /o/./p/e/c.md /x/
`;
    const { layers } = await build(text, FILES);
    expect(listing(layers.at(-1)!)).toEqual([
      'dir 755 0:0 x',
      'dir 755 5:5 x/p',
      'dir 700 5:5 x/p/e',
      'file 700 5:5 x/p/e/c.md 1',
    ]);
  });

  test('a pattern that matches nothing makes the destination, and a path that is not there is an error', async () => {
    expect(await pathsOf('COPY --parents d/*.x /x')).toEqual(['x/']);
    await expect(pathsOf('COPY --parents d/x /x')).rejects.toThrow('COPY: d/x is not in the build context');
  });
});

test('a pattern may match nothing if its folder is there', async () => {
  expect(await pathsOf('COPY a.md yarn.lock* d/*.x /x/')).toEqual(['x/', 'x/a.md']);
  expect(await pathsOf('COPY yarn.lock* /x/')).toEqual([]);
  await expect(pathsOf('COPY a.md z/* /x/')).rejects.toThrow('COPY: z/* is not in the build context');
});

test('--chmod takes letters, which change the mode of each source', async () => {
  const files = { 'd/run': { text: '#!', mode: 0o755 }, 'd/f': '1' };
  const { layers } = await build('FROM scratch\nCOPY --chmod=u=rwX,go= d /x\n', files);
  expect(listing(layers[0])).toEqual(['dir 755 0:0 x', 'file 600 0:0 x/f 1', 'file 700 0:0 x/run 2']);
});

describe('ADD of a URL', () => {
  const TEXT = Buffer.from('downloaded');
  const sum = (bytes: Buffer, name = 'sha256') => `${name}:${createHash(name).update(bytes).digest('hex')}`;
  let server: Server;
  let host: string;
  let requests: string[];
  let authorizations: string[];
  let answers: number[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request.url!);
      if (request.headers.authorization !== undefined) authorizations.push(request.headers.authorization);
      const status = answers.shift() ?? 200;
      if (request.url === '/moved') return response.writeHead(302, { location: '/f.txt' }).end();
      response.writeHead(status).end(status === 200 ? TEXT : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => ([requests, authorizations, answers] = [[], [], []]));
  afterAll(() => server.close());
  const add = (words: string, options: BuildOptions = {}): Promise<Built> =>
    build(`FROM scratch\nARG S=${sum(TEXT)}\nADD ${words}\n`, {}, options);
  const last = async (words: string) => listing((await add(words)).layers.at(-1)!);

  test('writes it under its name, or the one of the destination, readable for its owner', async () => {
    expect(await last(`--checksum=$S ${host}/a/f%20g.txt?x /to/`)).toEqual([
      'dir 755 0:0 to',
      'file 600 0:0 to/f g.txt 10',
    ]);
    expect(await last(`--checksum=${sum(TEXT, 'sha512')} --chown=5 --chmod=0644 ${host}/f /to`)).toEqual([
      'file 644 5:5 to 10',
    ]);
    expect(await last(`--checksum=$S ${host}/moved /to`)).toEqual(['file 600 0:0 to 10']);
  });

  test('does not unpack it unless --unpack says so', async () => {
    expect(await last(`--checksum=$S --unpack=true ${host}/f /to/`)).toEqual([
      'dir 755 0:0 to',
      'file 600 0:0 to/f 10',
    ]);
    const { layers } = await build('FROM scratch\nADD --unpack=false a.tgz /to/\n', {
      'a.tgz': gzipSync(Buffer.alloc(1024)),
    });
    expect(listing(layers[0]).at(-1)).toMatch(/^file 644 0:0 to\/a.tgz /);
  });

  test('gives one image whenever it is fetched', async () => {
    const [one, other] = [await add(`--checksum=$S ${host}/f /`), await add(`--checksum=$S ${host}/f /`)];
    expect(other.digest).toBe(one.digest);
  });

  test('tries again when the server fails for a moment', async () => {
    answers = [503];
    await add(`--checksum=$S ${host}/f /`);
    expect(requests).toEqual(['/f', '/f']);
  });

  test.each([
    [
      '--checksum=sha256:' + '0'.repeat(64) + ' HOST/f /',
      'download-failed',
      'HOST/f has the checksum sha256:',
    ],
    ['HOST/f /', 'unsupported', 'HOST/f is a URL without a checksum'],
    ['--checksum=md5:00 HOST/f /', 'bad-dockerfile', '--checksum: expected sha256:'],
    ['--checksum=$S HOST/f HOST/g /', 'bad-dockerfile', '--checksum is about one source'],
    ['--checksum=$S a /', 'bad-dockerfile', '--checksum: expected a URL, got a'],
    ['--checksum=$S HOST/ /to/', 'bad-dockerfile', 'HOST/ has no name for a file'],
    ['https://example.org/x.git#main /', 'unsupported', 'is a repository of git'],
    ['git@example.org:x.git /', 'unsupported', 'is a repository of git'],
    ['--keep-git-dir a /', 'unsupported', 'the flag --keep-git-dir is not supported'],
    ['--unpack=perhaps a /', 'bad-dockerfile', '--unpack: expected true or false'],
  ])('refuses ADD %s at its line', async (words, code, message) => {
    await expect(add(words.replaceAll('HOST', host))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message.replaceAll('HOST', host)),
      where: { file: 'Dockerfile', line: 3 },
    });
  });

  test('says what a server answers that does not have it', async () => {
    answers = [404];
    await expect(add(`--checksum=$S ${host}/f /`)).rejects.toMatchObject({
      code: 'download-failed',
      message: `ADD: ${host}/f answers 404`,
    });
  });

  test('sends the user of a URL to its host, and shows the password nowhere', async () => {
    const withUser = host.replace('//', '//me:top%20secret@');
    await add(`--checksum=$S ${withUser}/f /`);
    expect(authorizations).toEqual([`Basic ${Buffer.from('me:top secret').toString('base64')}`]);
    for (const words of [
      `--checksum=sha256:${'0'.repeat(64)} ${withUser}/f /`,
      `${withUser}/f /`,
      `${withUser}/f.git /`,
    ]) {
      const error = (await add(words).catch((one: unknown) => one)) as DockerfileError;
      expect(error.message).toContain(host);
      expect(`${error.message} ${error.hint}`).not.toContain('secret');
    }
  });

  test('is for ADD alone', async () => {
    await expect(build(`FROM scratch\nCOPY ${host}/f /\n`)).rejects.toMatchObject({
      code: 'bad-dockerfile',
      hint: 'Use ADD with --checksum for a URL.',
    });
  });
});
