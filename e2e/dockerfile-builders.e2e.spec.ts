import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  buildImage,
  buildWith,
  findBuilder,
  listContext,
  parseDockerfile,
  planBuild,
  type BaseImage,
  type BuildPlan,
} from '@nx-linuxkit/dockerfile';
import { applyLayers, Tree } from '@nx-linuxkit/tree';
import { listing, readBuilt } from '../packages/dockerfile/src/__tests__/build.js';
import { diffTrees } from '../packages/dockerfile/src/normalise/diff-trees.js';
import { removeLeftovers } from '../packages/dockerfile/src/normalise/leftovers.js';
import { startDockerd, type Dockerd } from './docker/dockerd.js';
import { copyBusybox } from './dockerfile/busybox.js';

const MTIME = 1492533000;

let base: string;
let images: Record<string, BaseImage>;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'e2e-builders-'));
  const root = contextOf({
    'etc/passwd': 'root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n',
    'etc/gone': '1',
    'var/data/old': '1',
    'var/data/keep': '1',
  });
  copyBusybox(root);
  symlinkSync('/bin/busybox', join(root, 'bin/sh'));
  images = {};
  const { base: shell } = await readBuilt(await node('FROM scratch\nCOPY . /\nENV PATH=/bin\n', root));
  images.shell = shell;
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Writes a context: text by path, `-> target` for a link, `x text` for a program. */
function contextOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(base, 'context-'));
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), place);
    else writeFileSync(place, text);
    if (text.startsWith('#!')) chmodSync(place, 0o755);
  }
  return folder;
}

function inputOf(dockerfile: string, folder: string) {
  return {
    plan: planBuild(parseDockerfile(dockerfile, 'Dockerfile'), { args: {}, platform: 'linux/amd64' }),
    context: listContext({ folder }),
    image: async (reference: string) => images[reference],
    mtime: MTIME,
  };
}

let archives = 0;
const newArchive = () => join(base, `image-${(archives += 1)}.tar`);

async function node(dockerfile: string, folder: string): Promise<string> {
  const archive = newArchive();
  await buildImage(inputOf(dockerfile, folder), archive);
  return archive;
}

/** The builders that a test is about; a daemon builds in two ways. */
const BUILDERS = ['buildah', 'docker', 'docker without BuildKit'];

async function finding(name: string, plan?: BuildPlan) {
  if (name !== 'docker without BuildKit') return findBuilder(name, plan);
  process.env.DOCKER_BUILDKIT = '0';
  return findBuilder('docker', plan).finally(() => delete process.env.DOCKER_BUILDKIT);
}

async function built(name: string, dockerfile: string, folder: string, network = false) {
  const log: string[] = [];
  const builder = await finding(name);
  const archive = newArchive();
  const { digest } = await buildWith(
    { ...inputOf(dockerfile, folder), builder, network, log: (line) => log.push(line) },
    archive,
  );
  return { digest, log, archive };
}

/** Dockerfiles that a builder in Node can do as well. */
const WITHOUT_RUN = {
  'files and folders': 'FROM scratch\nCOPY a /x/\nCOPY d /y\nCOPY a d/sub/f /z/\n',
  'a base image': 'FROM shell\nCOPY d /var/data\nCOPY a /etc/gone\n',
  'patterns and links': 'FROM scratch\nCOPY *.txt l d /t/\nCOPY link /real\n',
  'owners and modes': 'FROM shell\nCOPY --chown=web --chmod=0750 a /a\nCOPY --chown=5:6 d /d\n',
  stages:
    'FROM shell AS one\nWORKDIR /one\nCOPY --chown=7:8 a /one/a\nFROM scratch\nCOPY --from=one /one /two\nCOPY --from=0 /etc/passwd /p\n',
  'the same file twice': 'FROM scratch\nCOPY a /a\nCOPY a /a\nENV X=1\n',
};

describe('buildah makes of a Dockerfile without RUN the layers that are made in Node', () => {
  const files = {
    a: '1',
    'b.txt': '22',
    'd/sub/f': '333',
    'd/run': '#!/bin/sh\n',
    'd/l': '-> sub/f',
    l: '-> b.txt',
    link: '-> a',
  };

  test('the folders of WORKDIR, which buildah puts into the next layer', async () => {
    const folder = contextOf(files);
    const dockerfile = 'FROM scratch\nWORKDIR /w/v\nCOPY a .\nWORKDIR ../u\nCOPY a b\n';
    const ours = (await readBuilt(await node(dockerfile, folder))).layers.map(listing);
    const theirs = await layersOfBuildah(dockerfile, folder);
    expect(theirs).toEqual([[...ours[0], ...ours[1]].sort(), [...ours[2], ...ours[3]].sort()]);
  });

  test.each(Object.entries(WITHOUT_RUN))('%s', async (_, dockerfile) => {
    const folder = contextOf(files);
    const ours = await readBuilt(await node(dockerfile, folder));
    const theirs = await layersOfBuildah(dockerfile, folder);
    expect(theirs).toEqual(ours.layers.map(listing));
  });

  /** A folder with a buildah that makes a layer for each instruction. */
  function layeringBuildah(): string {
    const folder = mkdtempSync(join(base, 'bin-'));
    const real = execFileSync('which', ['buildah'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh
for word; do
  [ "$word" = --layers=false ] && word=--layers=true
  shift
  set -- "$@" "$word"
done
exec ${real} "$@"
`;
    writeFileSync(join(folder, 'buildah'), script, { mode: 0o755 });
    return folder;
  }

  /** The layers that buildah makes, one for each instruction, as what each changes. */
  async function layersOfBuildah(dockerfile: string, folder: string): Promise<string[][]> {
    const builder = await findBuilder('buildah');
    const work = mkdtempSync(join(base, 'layers-'));
    const request = inputOf(dockerfile, folder);
    const { contextTree } = await import('../packages/dockerfile/src/context/context-tree.js');
    const context = contextTree(request.context, MTIME);
    const { NO_ACCESS } = await import('../packages/dockerfile/src/builders/builder.js');
    const { PATH } = process.env;
    process.env.PATH = `${layeringBuildah()}:${PATH}`;
    const archive = await builder
      .build({ ...request, context, network: false, access: NO_ACCESS, folder: work, log: () => undefined })
      .finally(() => (process.env.PATH = PATH));
    const { base: image } = await readBuilt(archive.slice('oci-archive:'.length));
    const { indexes, open } = await image.files();
    const below = /^FROM shell\n(?![^]*^FROM)/m.test(dockerfile) ? images.shell.layers.length : 0;
    const treeOf = (count: number) =>
      count === 0
        ? new Tree()
        : applyLayers(indexes.slice(0, count), { open: (diffID) => open(diffID)! }).tree;
    const layers: string[][] = [];
    for (let i = below; i < indexes.length; i += 1) {
      const [before, after] = [treeOf(i), treeOf(i + 1)];
      removeLeftovers(before, after);
      const entries = await diffTrees(before, after, MTIME);
      const rows = entries.map(({ path, inode }) => ({
        ...inode,
        path,
        offset: 0,
        size: inode.content?.size ?? 0,
      }));
      if (rows.length > 0) layers.push(listing(rows as never));
    }
    return layers;
  }
});

const RUN = `FROM shell AS build
RUN ["busybox", "mkdir", "/out"]
RUN echo made > /out/file && busybox ln /out/file /out/hard && busybox ln -s file /out/soft
FROM shell
ARG V=1
COPY a /in/a
RUN busybox rm /etc/gone && busybox rm -r /var/data && busybox mkdir -p /var/data && echo new > /var/data/new
RUN busybox cp /in/a /copied && busybox chown 5:6 /copied && busybox chmod 4750 /copied
RUN busybox cat /etc/passwd > /tmp-passwd && busybox mv /tmp-passwd /etc/passwd
COPY --from=build /out /out
ENV V=$V
CMD ["busybox", "cat", "/out/file"]
`;

describe('a Dockerfile with RUN', () => {
  let dockerd: Dockerd;
  let folder: string;
  beforeAll(async () => {
    folder = contextOf({ a: '1' });
    dockerd = await startDockerd();
    process.env.DOCKER_HOST = `unix://${dockerd.socketPath}`;
  });
  afterAll(async () => {
    delete process.env.DOCKER_HOST;
    await dockerd?.stop();
  });

  test('gives one digest, whichever builder runs it, and however often', async () => {
    const [first, second, docker, classic] = [
      await built('buildah', RUN, folder),
      await built('buildah', RUN, folder),
      await built('docker', RUN, folder),
      await built('docker without BuildKit', RUN, folder),
    ];
    expect([second, docker, classic].map(({ digest }) => digest)).toEqual(Array(3).fill(first.digest));
    expect(readFileSync(docker.archive).equals(readFileSync(first.archive))).toBe(true);
    expect([docker.log.join('\n'), classic.log.join('\n')]).toEqual([
      expect.stringMatching(/\[internal\] [^]*\] RUN busybox cp/),
      expect.stringMatching(/Step 1\/[^]*RUN busybox cp/),
    ]);
    const { layers, config } = await readBuilt(first.archive);
    expect(
      layers.at(-1)!.map(({ path, type, mode, uid, gid }) => [path, type, mode & 0o7777, uid, gid].join(' ')),
    ).toEqual([
      `copied file ${0o4750} 5 6`,
      `etc/.wh.gone file ${0o644} 0 0`,
      `in dir ${0o755} 0 0`,
      `in/a file ${0o644} 0 0`,
      `out dir ${0o755} 0 0`,
      `out/file file ${0o644} 0 0`,
      `out/hard hardlink ${0o644} 0 0`,
      `out/soft symlink ${0o777} 0 0`,
      `var/data/.wh.keep file ${0o644} 0 0`,
      `var/data/.wh.old file ${0o644} 0 0`,
      `var/data/new file ${0o644} 0 0`,
    ]);
    expect(config.config).toMatchObject({ Env: ['PATH=/bin', 'V=1'], Cmd: ['busybox', 'cat', '/out/file'] });
    expect(
      (config.history as { empty_layer?: boolean }[]).filter(({ empty_layer }) => !empty_layer),
    ).toHaveLength(2);
    expect(dockerd.docker(['images', '-q'])).toBe('');
  });

  test.each(BUILDERS)('%s gives a base from scratch no mount points', async (name) => {
    const root = contextOf({});
    copyBusybox(root);
    const { archive } = await built(
      name,
      'FROM scratch\nCOPY . /\nRUN ["/bin/busybox", "touch", "/x"]\n',
      root,
    );
    const paths = (await readBuilt(archive)).layers.flat().map(({ path }) => path);
    expect(paths.filter((path) => /^(dev|proc|sys|etc|run|\.docker)/.test(path))).toEqual([]);
    expect(paths).toContain('x');
  });

  test.each(BUILDERS)('%s fails with the end of its log', async (name) => {
    const text = 'FROM shell\nRUN i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line $i; done; exit 3\n';
    const error = await built(name, text, folder).catch(
      (caught: unknown) => caught as Error & { code: string },
    );
    expect(error).toMatchObject({ code: 'builder-failed' });
    const { message } = error as Error;
    expect(message).toContain('| line 60');
    expect(message).not.toContain('| line 20\n');
    expect(message.split('\n  | ').length).toBe(41);
  });

  describe('the network', () => {
    let server: Server;
    beforeAll(async () => {
      server = createServer((_, response) => response.end('reached\n'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => server.close());
    const fetching = () => {
      const { port } = server.address() as AddressInfo;
      return `FROM shell\nRUN echo "GET /" | busybox nc -w 2 127.0.0.1 ${port} > /answer || busybox rm -f /answer\n`;
    };

    test.each(BUILDERS)('is not there for RUN of %s without `network`', async (name) => {
      const { archive } = await built(name, fetching(), folder);
      expect((await readBuilt(archive)).layers.flat().map(({ path }) => path)).not.toContain('answer');
    });

    test('gives a daemon with BuildKit the URL that a variable names', async () => {
      const { port } = server.address() as AddressInfo;
      const text = `FROM shell\nENV URL=http://127.0.0.1:${port}/x D=d\nADD $URL /fetched\nCOPY $D/f /copied\n`;
      const { archive } = await built('docker', text, contextOf({ 'd/f': '2' }), true);
      expect((await readBuilt(archive)).layers.flat().map(({ path }) => path)).toEqual(['copied', 'fetched']);
    });

    test('is there with `network`', async () => {
      const { archive } = await built('buildah', fetching(), folder, true);
      expect((await readBuilt(archive)).layers.flat().map(({ path }) => path)).toContain('answer');
    });
  });

  test('a daemon with BuildKit mounts the context, images and caches, and no COPY sees more than the context', async () => {
    const text = `FROM shell AS one
RUN --mount=target=/c --mount=type=bind,source=d,target=/d busybox cp /c/a /d/f /
FROM shell
RUN --mount=type=bind,from=one,target=/one --mount=type=cache,target=/cache busybox cp /one/f /g
COPY --link . /all
COPY ["../a", "/up/"]
`;
    const { archive } = await built('docker', text, contextOf({ a: '1', 'd/f': '22' }));
    const paths = (await readBuilt(archive)).layers
      .flat()
      .map(({ path, type }) => (type === 'dir' ? `${path}/` : path));
    expect(paths).toEqual(['all/', 'all/a', 'all/d/', 'all/d/f', 'g', 'up/', 'up/a']);
  });

  test.each([
    ['RUN --mount=type=secret,id=x true', 'docker', 'RUN --mount=type=secret'],
    ['RUN --mount=target=/c true', 'docker without BuildKit', 'RUN --mount'],
    ['COPY --chmod=755 a /', 'docker without BuildKit', '--chmod'],
    ['COPY --chmod=+x a /', 'buildah', '--chmod with letters'],
    ['COPY --exclude=a . /', 'buildah', '--exclude'],
    ['COPY --parents a /', 'docker', '--parents'],
  ])('%s is not given to %s', async (instruction, name, form) => {
    const { plan } = inputOf(`FROM scratch\n${instruction}\nRUN x\n`, folder);
    await expect(finding(name, plan)).rejects.toMatchObject({
      code: 'no-builder',
      message: expect.stringContaining(`it does not know ${form}`),
      where: { line: 2 },
    });
  });

  test('builds side by side share nothing', async () => {
    const text = (i: number) => `FROM shell\nRUN echo ${i} > /number\n`;
    const digests = await Promise.all(
      [1, 2, 3].map(async (i) => (await built('buildah', text(i), folder)).digest),
    );
    expect(new Set(digests).size).toBe(3);
  });
});

describe('BuildKit', () => {
  const bin = () => mkdtempSync(join(base, 'buildkit-'));
  const { PATH } = process.env;
  let folder: string;
  let programs: string;
  beforeEach(() => {
    folder = contextOf({ a: '1', 'd/l': '-> ../a', 'd/run': '#!/bin/sh\n' });
    programs = bin();
    copyFileSync(join(__dirname, 'dockerfile/buildkit-stand-in.cjs'), join(programs, 'stand-in.cjs'));
    for (const name of ['buildctl', 'docker']) {
      const script = `#!/bin/sh\nexec ${process.execPath} ${join(programs, 'stand-in.cjs')} ${name} "$@"\n`;
      writeFileSync(join(programs, name), script, { mode: 0o755 });
    }
    process.env.PATH = `${programs}:${PATH}`;
    process.env.BUILDKIT_HOST = 'unix:///nowhere';
  });
  afterEach(() => {
    process.env.PATH = PATH;
    delete process.env.BUILDKIT_HOST;
  });

  test.each(['buildkit', 'buildx'])('by %s gives the digest that buildah gives', async (name) => {
    const [one, other] = [await built('buildah', RUN, folder), await built(name, RUN, folder)];
    expect(other.digest).toBe(one.digest);
    expect(other.log.some((line) => line.includes('STEP'))).toBe(true);
  });

  test.each(['buildkit', 'buildx'])('by %s has no network unless the package has one', async (name) => {
    const text = 'FROM shell\nRUN busybox ip link show lo | busybox grep -q "UP" && echo up > /up || true\n';
    const paths = async (network: boolean) =>
      (await readBuilt((await built(name, text, folder, network)).archive)).layers
        .flat()
        .map(({ path }) => path);
    expect(await paths(false)).not.toContain('up');
    expect(await paths(true)).toContain('up');
  });

  test('is taken first, and what is missing is said of each', async () => {
    expect((await findBuilder()).name).toBe('buildkit');
    delete process.env.BUILDKIT_HOST;
    expect((await findBuilder()).name).toBe('buildx');
    process.env.PATH = '/nowhere';
    await expect(findBuilder()).rejects.toThrow(
      'buildkit: BUILDKIT_HOST is not set; buildx: docker is not installed; buildah: buildah is not installed',
    );
    process.env.BUILDKIT_HOST = 'unix:///nowhere';
    await expect(findBuilder('buildkit')).rejects.toThrow('buildkit: buildctl is not installed');
  });
});

const MOUNTS = `FROM shell
RUN --mount=type=secret,id=key busybox wc -c < /run/secrets/key > /size
RUN --mount=type=bind,from=shell,source=/etc,target=/under busybox cp /under/passwd /copied
RUN <<EOF
echo one > /one
echo "$PATH" > /path
EOF
RUN busybox cat > /text <<'TEXT'
a $b
TEXT
`;

describe('RUN', () => {
  let folder: string;
  beforeAll(() => (folder = contextOf({ secret: '12345' })));

  test('mounts secrets and images, and knows heredocs; the image has no file of a mount', async () => {
    const archive = newArchive();
    const input = inputOf(MOUNTS, contextOf({}));
    const builder = await findBuilder('buildah', input.plan);
    const access = { secrets: { key: join(folder, 'secret') }, ssh: [], proxies: {} };
    await buildWith({ ...input, builder, network: false, access, log: () => undefined }, archive);
    const { layers } = await readBuilt(archive);
    const sizes = layers.flat().map(({ path, size }) => `${path} ${size}`);
    expect(sizes).toEqual(['copied 45', 'one 4', 'path 5', 'size 2', 'text 5']);
  });

  test('with a mount is not given to a daemon that does not know it', async () => {
    process.env.DOCKER_HOST = 'unix:///nowhere';
    const { plan } = inputOf(MOUNTS, folder);
    await expect(findBuilder('docker', plan)).rejects.toMatchObject({ code: 'no-builder' });
    delete process.env.DOCKER_HOST;
  });

  test('sees proxies with a network alone, and those of this process never', async () => {
    process.env.http_proxy = 'http://leaked';
    const text = 'FROM shell\nRUN echo "$http_proxy$HTTP_PROXY" > /proxy\n';
    const sizeOf = async (network: boolean) => {
      const archive = newArchive();
      const access = { secrets: {}, ssh: [], proxies: { HTTP_PROXY: 'http://p' } };
      const builder = await findBuilder('buildah');
      await buildWith({ ...inputOf(text, folder), builder, network, access, log: () => undefined }, archive);
      return (await readBuilt(archive)).layers.flat().find(({ path }) => path === 'proxy')?.size;
    };
    try {
      expect([await sizeOf(false), await sizeOf(true)]).toEqual([1, 'http://p'.length + 1]);
    } finally {
      delete process.env.http_proxy;
    }
  });
});

test('without a builder an error says of each what is missing', async () => {
  const { PATH, DOCKER_HOST } = process.env;
  process.env.PATH = '/nowhere';
  process.env.DOCKER_HOST = 'unix:///nowhere';
  try {
    await expect(findBuilder()).rejects.toMatchObject({
      code: 'no-builder',
      message: expect.stringMatching(
        /buildkit: .*; buildx: .*; buildah: buildah is not installed; podman: .*; docker: no Docker daemon answers/,
      ),
    });
    await expect(findBuilder('kaniko')).rejects.toThrow(
      'expected a builder of buildkit, buildx, buildah, podman, docker, got "kaniko"',
    );
  } finally {
    process.env.PATH = PATH;
    if (DOCKER_HOST === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = DOCKER_HOST;
  }
});

test('buildah leaves nothing behind', () => {
  expect(execFileSync('mount', { encoding: 'utf8' })).not.toContain('nx-linuxkit-dockerfile');
});
