import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { build, contextFolder, listing, type Built } from '../__tests__/build.js';

const configOf = async (text: string, options = {}) => (await build(text, {}, options)).config.config;
const lastLayer = ({ layers }: Built) => listing(layers.at(-1) ?? []);

describe('config', () => {
  test('has what the instructions say', async () => {
    const config = await configOf(`FROM scratch
ENV A=1 B="x y"
ENV C legacy form
LABEL z=1 a="$A"
USER 1000:1000
WORKDIR /srv
WORKDIR app
EXPOSE 80 53/udp 8000-8001
VOLUME /data ["/x"]
VOLUME ["/b"]
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=1m30s --retries=3 CMD curl localhost
SHELL ["/bin/ash", "-c"]
CMD run $A
`);
    expect(config).toEqual({
      User: '1000:1000',
      ExposedPorts: { '53/udp': {}, '80/tcp': {}, '8000/tcp': {}, '8001/tcp': {} },
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'A=1',
        'B=x y',
        'C=legacy form',
      ],
      Cmd: ['/bin/ash', '-c', 'run $A'],
      Volumes: { '/data': {}, '[/x]': {}, '/b': {} },
      WorkingDir: '/srv/app',
      Labels: { a: '1', z: '1' },
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'], Interval: 90e9, Retries: 3 },
      Shell: ['/bin/ash', '-c'],
    });
  });

  test('ARG is a variable of its stage, and ENV wins over it', async () => {
    const text =
      'ARG G=global\nFROM scratch\nARG G\nARG A=a\nARG B=$A.$G\nLABEL l=$B\nENV A=env\nLABEL m=$A n=$TARGETARCH\nARG TARGETARCH\nLABEL o=$TARGETARCH\n';
    expect((await configOf(text)).Labels).toEqual({ l: 'a.global', m: 'env', n: '', o: 'amd64' });
    expect((await configOf(text, { args: { A: 'given' } })).Labels).toMatchObject({
      l: 'given.global',
      m: 'env',
    });
  });

  test('a stage inherits the config of its base, and ENTRYPOINT drops an inherited CMD', async () => {
    const text = 'FROM scratch AS base\nENV A=1\nCMD ["base"]\nFROM base\nENV A=2\n';
    expect(await configOf(text)).toMatchObject({
      Cmd: ['base'],
      Env: [expect.stringContaining('PATH='), 'A=2'],
    });
    expect(await configOf(`${text}ENTRYPOINT ["e"]\n`)).toMatchObject({ Entrypoint: ['e'] });
    expect(await configOf(`${text}ENTRYPOINT ["e"]\n`)).not.toHaveProperty('Cmd');
    expect(await configOf(`${text}CMD ["c"]\nENTRYPOINT ["e"]\n`)).toMatchObject({ Cmd: ['c'] });
  });

  test('the values of one ENV see the variables as they were before it', async () => {
    expect((await configOf('FROM scratch\nENV A=1\nENV A=2 B=$A\n')).Env).toContain('B=1');
  });

  test('the history has every instruction, and says which made no layer', async () => {
    const { config } = await build('FROM scratch\nENV A=1\nCOPY a /\n', { a: '' });
    expect(config.history).toEqual([
      { created: '2017-04-18T16:30:00Z', created_by: 'ENV A=1', empty_layer: true },
      { created: '2017-04-18T16:30:00Z', created_by: 'COPY a /' },
    ]);
  });
});

describe('COPY', () => {
  test('a file gets the name of the destination, or its own in a folder', async () => {
    const built = await build('FROM scratch\nCOPY a /x/b\nCOPY a /x/\nCOPY a d/c /y/\n', {
      a: '1',
      'd/c': '22',
    });
    expect(built.layers.map(listing)).toEqual([
      ['dir 755 0:0 x', 'file 644 0:0 x/b 1'],
      ['file 644 0:0 x/a 1'],
      ['dir 755 0:0 y', 'file 644 0:0 y/a 1', 'file 644 0:0 y/c 2'],
    ]);
  });

  test('a folder gives what lies in it; modes are those of git, and links stay links', async () => {
    const files = {
      'd/run': { text: '#!', mode: 0o700 },
      'd/secret': { text: 's', mode: 0o600 },
      'd/sub/f': 'f',
      'd/link': '-> sub/f',
    };
    expect(lastLayer(await build('FROM scratch\nCOPY d /app\n', files))).toEqual([
      'dir 755 0:0 app',
      'symlink 777 0:0 app/link -> sub/f',
      'file 755 0:0 app/run 2',
      'file 644 0:0 app/secret 1',
      'dir 755 0:0 app/sub',
      'file 644 0:0 app/sub/f 1',
    ]);
  });

  test('a pattern takes what it matches, and a source that is a link is followed', async () => {
    const files = { 'a.txt': '1', 'b.txt': '1', 'c.md': '1', 'd/e.txt': '1', l: '-> c.md' };
    expect(lastLayer(await build('FROM scratch\nCOPY *.txt [c]*.md /t/\n', files))).toEqual([
      'dir 755 0:0 t',
      'file 644 0:0 t/a.txt 1',
      'file 644 0:0 t/b.txt 1',
      'file 644 0:0 t/c.md 1',
    ]);
    expect(lastLayer(await build('FROM scratch\nCOPY l /f\n', files))).toEqual(['file 644 0:0 f 1']);
  });

  test('--chown looks names up in the image, and --chmod sets the mode', async () => {
    const files = {
      passwd: 'root:x:0:0\nweb:x:33:34\nminus:x:33:-5\nhuge:x:33:4294967296\nhalf:x:33:5.5\n',
      group: 'www:x:99:\n',
      a: '1',
    };
    const text = 'FROM scratch\nCOPY passwd group /etc/\n';
    const layer = async (flags: string) => lastLayer(await build(`${text}COPY ${flags} a /a\n`, files));
    expect(await layer('--chown=web')).toEqual(['file 644 33:34 a 1']);
    expect(await layer('--chown=web:www --chmod=0640')).toEqual(['file 640 33:99 a 1']);
    expect(await layer('--chown=7')).toEqual(['file 644 7:7 a 1']);
    await expect(layer('--chown=nobody')).rejects.toThrow('the image has no such user or group');
    // A group that no header of tar holds counts as 0.
    for (const user of ['minus', 'huge', 'half'])
      expect(await layer(`--chown=${user}`)).toEqual(['file 644 33:0 a 1']);
  });

  test('relative destinations start from WORKDIR, which makes its folder', async () => {
    const built = await build('FROM scratch\nWORKDIR /w\nCOPY a b/\nCOPY a .\n', { a: '1' });
    expect(built.layers.map(listing)).toEqual([
      ['dir 755 0:0 w'],
      ['dir 755 0:0 w/b', 'file 644 0:0 w/b/a 1'],
      ['file 644 0:0 w/a 1'],
    ]);
  });

  test('a destination below a linked folder lands where the link leads, inside of the image', async () => {
    const files = {
      'r/usr/lib/x': '1',
      'r/lib': '-> /usr/lib',
      'r/out': '-> ../../../../tmp',
      a: '1',
      'm/lib/y': '1',
    };
    const built = await build('FROM scratch\nCOPY r /\nCOPY a /lib/\nCOPY m /\nCOPY a /out/a\n', files);
    expect(built.layers.slice(1).map(listing)).toEqual([
      ['file 644 0:0 usr/lib/a 1'],
      ['file 644 0:0 usr/lib/y 1'],
      ['dir 755 0:0 tmp', 'file 644 0:0 tmp/a 1'],
    ]);
  });

  test('--from takes files of a stage with their owners, and keeps hard links', async () => {
    const text = `FROM scratch AS one
COPY --chown=5:6 --chmod=4755 a /bin/a
FROM scratch
COPY --from=one /bin /sbin
`;
    expect(lastLayer(await build(text, { a: '1' }))).toEqual(['dir 755 0:0 sbin', 'file 4755 5:6 sbin/a 1']);
  });

  test('texts in the Dockerfile become files', async () => {
    const text =
      'FROM scratch\nARG v=1\nCOPY <<one <<"two" /t/\na=$v\none\na=$v\ntwo\nCOPY <<EOF /f\nx\nEOF\n';
    expect((await build(text)).layers.map(listing)).toEqual([
      ['dir 755 0:0 t', 'file 644 0:0 t/one 4', 'file 644 0:0 t/two 5'],
      ['file 644 0:0 f 2'],
    ]);
  });

  test('a file replaces what a symlink at its destination leads to, and a symlink in a folder', async () => {
    const files = { 'd/f': '1', 'd/l': '-> f', a: '22', l: '333' };
    const built = await build('FROM scratch\nCOPY d /p\nCOPY a /p/l\nCOPY l /p/\n', files);
    expect(built.layers.slice(1).map(listing)).toEqual([['file 644 0:0 p/f 2'], ['file 644 0:0 p/l 3']]);
  });

  test('what is there already makes no layer', async () => {
    const built = await build('FROM scratch\nCOPY a /a\nCOPY a /a\n', { a: '1' });
    expect(built.layers).toHaveLength(1);
    expect(built.config.history).toHaveLength(2);
  });

  test.each([
    ['COPY nothing /\n', 'missing-file', 'COPY: nothing is not in the build context'],
    ['COPY x/*.x /\n', 'missing-file', 'COPY: x/*.x is not in the build context'],
    ['COPY [--z] /\n', 'bad-dockerfile', 'COPY: [--z]: [--z] is no class of characters'],
    ['COPY a d /x\n', 'bad-dockerfile', 'COPY: with more than one source'],
    ['COPY a\n', 'bad-dockerfile', 'COPY: expected sources and a destination'],
    ['COPY --chmod=rwx a /\n', 'bad-dockerfile', 'COPY: --chmod: expected octal digits'],
    ['COPY --checksum=x a /\n', 'unsupported', 'COPY: the flag --checksum is not supported'],
    ['COPY --exclude=[ d /\n', 'bad-dockerfile', 'a pattern is not valid'],
    ['COPY a /x/\nCOPY d /x/a\n', 'bad-dockerfile', 'COPY: /x/a is no folder'],
    ['COPY a /x/\nCOPY a /x/a/b\n', 'bad-dockerfile', 'COPY: /x/a is no folder'],
    ['COPY a /x/\nWORKDIR /x/a\n', 'bad-dockerfile', 'WORKDIR: /x/a is no folder'],
    ['ADD https://example.org/x /\n', 'unsupported', 'ADD: https://example.org/x is a URL'],
    ['RUN x\n', 'unsupported', 'RUN needs a builder'],
    ['ONBUILD FROM x\n', 'bad-dockerfile', 'ONBUILD: expected an instruction other than FROM'],
    ['ONBUILD\n', 'bad-dockerfile', 'ONBUILD: expected an instruction'],
    ['FORM a\n', 'bad-dockerfile', 'unknown instruction "FORM"'],
    ['ENV\n', 'bad-dockerfile', 'ENV: expected name=value'],
    ['EXPOSE http\n', 'bad-dockerfile', 'EXPOSE: expected a port'],
    ['LABEL a="b\n', 'bad-dockerfile', 'LABEL: expected another "'],
  ])('refuses %j', async (text, code, message) => {
    await expect(build(`FROM scratch\n${text}`, { a: '1', 'd/c': '1' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      where: { file: 'Dockerfile', line: text.trim().split('\n').length + 1 },
    });
  });

  test('refuses a text whose variable has no end', async () => {
    await expect(build('FROM scratch\nCOPY <<EOF /a\n${x\nEOF\n')).rejects.toMatchObject({
      code: 'bad-dockerfile',
      message: expect.stringContaining('COPY: expected a variable'),
      where: { file: 'Dockerfile', line: 2 },
    });
  });
});

describe('ADD', () => {
  test.each(['tar', 'gzip', 'xz', 'zstd'])('unpacks a %s archive of the context', async (kind) => {
    const folder = contextFolder({ 'in/x': '1', 'in/l': '-> x' });
    const owner = ['--owner=3', '--group=4', '--numeric-owner', '--sort=name'];
    const tar = execFileSync('tar', ['-C', folder, ...owner, '-cf', '-', 'in']);
    rmSync(folder, { recursive: true });
    const packed = {
      tar: () => tar,
      gzip: () => gzipSync(tar),
      xz: () => execFileSync('xz', ['-c'], { input: tar }),
      zstd: () => execFileSync('zstd', ['-c'], { input: tar }),
    };
    const archive = packed[kind as keyof typeof packed]();
    const built = await build('FROM scratch\nADD a.tar /to\n', { 'a.tar': archive });
    expect(lastLayer(built)).toEqual([
      'dir 755 0:0 to',
      'dir 755 3:4 to/in',
      'symlink 777 3:4 to/in/l -> x',
      'file 644 3:4 to/in/x 1',
    ]);
  });

  test('refuses bzip2, which Docker unpacks, and copies what begins as xz and is none', async () => {
    const bzip2 = Buffer.concat([Buffer.from('BZh91AY&SY'), Buffer.alloc(600)]);
    await expect(build('FROM scratch\nADD a.bz2 /\n', { 'a.bz2': bzip2 })).rejects.toMatchObject({
      code: 'unsupported',
      message: 'ADD: a.bz2: an archive is compressed with bzip2, which is not unpacked here',
      where: { file: 'Dockerfile', line: 2 },
    });
    const broken = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(600)]);
    expect(lastLayer(await build('FROM scratch\nADD a /\n', { a: broken }))).toEqual(['file 644 0:0 a 606']);
  });

  test('refuses an xz archive that ends too early', async () => {
    const folder = contextFolder({ x: randomBytes(1 << 20) });
    const tar = execFileSync('tar', ['-C', folder, '-cJf', '-', 'x'], { maxBuffer: 1 << 22 });
    rmSync(folder, { recursive: true });
    const cut = tar.subarray(0, tar.length >> 1);
    await expect(build('FROM scratch\nADD a /\n', { a: cut })).rejects.toMatchObject({ code: 'bad-context' });
  });

  test('copies a file that is no archive', async () => {
    expect(lastLayer(await build('FROM scratch\nADD a /\n', { a: 'text' }))).toEqual(['file 644 0:0 a 4']);
  });
});

describe('images below', () => {
  test('an image is built on layers that its archive does not hold', async () => {
    const base = await build('FROM scratch\nENV A=1\nCOPY a /x/a\n', { a: '1' });
    const built = await build('FROM base:1\nCOPY a /x/b\n', { a: '22' }, { images: { 'base:1': base.base } });
    expect(built.config.config.Env).toContain('A=1');
    expect((built.config.rootfs as { diff_ids: string[] }).diff_ids).toHaveLength(2);
    expect(built.layers.map(listing)).toEqual([['file 644 0:0 x/b 2']]);
    expect((built.config.history as unknown[]).length).toBe(3);
  });

  test('COPY --from takes files of an image, and times later than the build are lowered', async () => {
    const base = await build('FROM scratch\nCOPY a /x/a\n', { a: '1' });
    const built = await build(
      'FROM scratch\nCOPY --from=base /x/a /b\n',
      {},
      { images: { base: base.base } },
    );
    expect(built.layers[0].map(({ path, mtime }) => [path, mtime])).toEqual([['b', 1492533000]]);
  });

  describe('the triggers of ONBUILD', () => {
    const TEXT = 'FROM scratch\nONBUILD ENV A=1\nONBUILD COPY $N /b/\nCOPY a /\n';
    const onBase = async (text: string, base = TEXT) =>
      build(text, { a: '1', c: '22' }, { images: { b: (await build(base, { a: '1' })).base } });

    test('lie in the image, which they do not change', async () => {
      const { config, layers } = await build(TEXT, { a: '1' });
      expect(config.config.OnBuild).toEqual(['ENV A=1', 'COPY $N /b/']);
      expect(layers.map(listing)).toEqual([['file 644 0:0 a 1']]);
    });

    test('run in what is built on it, before its own instructions, and once', async () => {
      const built = await onBase('FROM b\nENV B=$A\n', TEXT.replace('$N', 'c'));
      expect(built.config.config.Env).toEqual([expect.stringContaining('PATH='), 'A=1', 'B=1']);
      expect(built.config.config).not.toHaveProperty('OnBuild');
      expect(built.layers.map(listing)).toEqual([['dir 755 0:0 b', 'file 644 0:0 b/c 2']]);
    });

    test('of a stage run in the stages on it', async () => {
      const { layers } = await build('FROM scratch AS x\nONBUILD COPY a /n\nFROM x\nCOPY a /o\n', { a: '1' });
      expect(layers.map(listing)).toEqual([['file 644 0:0 n 1'], ['file 644 0:0 o 1']]);
    });

    test('that fail, and errors after them, stand at lines of the Dockerfile', async () => {
      await expect(onBase('# x\nFROM b\nCOPY a /\n', TEXT.replace('$N', 'no'))).rejects.toMatchObject({
        code: 'missing-file',
        where: { line: 2 },
      });
      await expect(
        onBase('FROM b\nCOPY nothing /\n', 'FROM scratch\nONBUILD ENV A=1\nONBUILD ENV B=1\n'),
      ).rejects.toMatchObject({ code: 'missing-file', where: { line: 2 } });
    });

    test.each([
      ['RUN x', 'RUN needs a builder'],
      ['COPY --from=other /a /', 'names the image other'],
    ])('%s is refused', async (trigger, message) => {
      await expect(onBase('FROM b\n', `FROM scratch\nONBUILD ${trigger}\n`)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining(message),
        where: { line: 1 },
      });
    });

    test.each([['FROM x'], ['ONBUILD RUN x'], ['RUN a\nRUN b'], ['RUN\nFROM x'], [7]])(
      '%j is no trigger',
      async (trigger) => {
        const { base } = await build('FROM scratch\n');
        const config = { ...base.config, config: { OnBuild: [trigger] } };
        await expect(build('FROM b\n', {}, { images: { b: { ...base, config } } })).rejects.toThrow(
          'b has a trigger of ONBUILD that is no instruction',
        );
      },
    );

    test.each([
      ['', 'LABEL a=1 \\'],
      ['# escape=`\n', 'LABEL a=1 `'],
      ['', 'RUN <<EOF'],
      ['', 'COPY <<EOF /a'],
    ])('one that takes the lines behind it is refused: %j%j', async (begin, trigger) => {
      const { base } = await build('FROM scratch\n');
      const config = { ...base.config, config: { OnBuild: [trigger] } };
      const images = { b: { ...base, config } };
      await expect(build(`${begin}FROM b\nLABEL b=2\n`, {}, { images })).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('a trigger of ONBUILD does not end on its line'),
        where: { line: begin === '' ? 1 : 2 },
      });
    });
  });
});

test('the same context gives the same bytes, whatever its times', async () => {
  const text = 'FROM scratch\nCOPY . /\nLABEL b=1 a=2\n';
  const files = { a: '1', 'b/c': '2' };
  const archives = [];
  for (let i = 0; i < 2; i += 1) {
    archives.push(readFileSync((await build(text, files)).archive));
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  expect(archives[0].equals(archives[1])).toBe(true);
});
