import { execFile, execFileSync } from 'node:child_process';
import { verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { generateKeyPair } from '@nx-linuxkit/signatures';
import {
  openEnvironment,
  packageTag,
  pushPackage,
  writePackageIndex,
  type PushRequest,
} from '@nx-linuxkit/stages';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { smallYaml } from './graph/system-yaml.js';
import { pathOf, startGate, type Gate } from './registry/gate.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** Runs while this process serves the registry, so it must not block. */
const skopeo = async (...args: string[]) => (await promisify(execFile)('skopeo', args)).stdout;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry?.stop());

describe('pushing a package', () => {
  let root: string;
  let gate: Gate;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const environment = () =>
    openEnvironment(root, { packages: { platforms: ['linux/amd64', 'linux/arm64'] }, store: '.store' });
  const push = (request: Partial<PushRequest> = {}) => {
    const lines: string[] = [];
    return pushPackage(environment(), { place: 'pkg/app', frozen: true, ...request }, (line) =>
      lines.push(line),
    );
  };
  const manifest = async (reference: string, host = gate.host) => {
    const [, path, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(reference)!;
    const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
    const response = await fetch(`http://${host}/v2/${path}/manifests/${tag}`, { headers: { accept } });
    return {
      status: response.status,
      body: (response.status === 200 ? await response.json() : {}) as Served,
    };
  };

  const blob = async (digest: string) =>
    Buffer.from(await (await fetch(`http://${gate.host}/v2/acme/app/blobs/${digest}`)).arrayBuffer());

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'e2e-push-'));
    gate = await startGate(registry.host);
    git('init', '-q');
    write({
      '.gitignore': '.store\n.linuxkit\n',
      'pkg/app/build.yml': `image: app\norg: ${gate.host}/acme\ntag: "v-{{.Hash}}"\n`,
      'pkg/app/Dockerfile': 'FROM scratch\nARG TARGETARCH\nCOPY a /\nENV ON=$TARGETARCH\n',
      'pkg/app/a': 'a'.repeat(100_000),
    });
    git('add', '-A');
    git('commit', '-q', '-m', 'first');
  });
  afterAll(async () => {
    await gate?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => gate.reset());

  test('that fails at any request gives one error, and leaves no name for what is not there', async () => {
    const { reference } = await packageTag(environment(), 'pkg/app');
    const isWrite = ({ method }: { method: string }) => method === 'POST' || method === 'PUT';
    // Each failed push leaves what it has sent, so that every request of a push is the first one that fails once.
    const failed: string[] = [];
    for (let done = false; !done;) {
      gate.reset();
      gate.fail = (request) => isWrite(request) && !failed.includes(pathOf(request));
      done = await push().then(
        () => true,
        (error: { code: string }) => {
          expect(error.code).toBe('registry-error');
          const [method, url] = (gate.refused.at(0) as string).split(' ');
          failed.push(pathOf({ method, url }));
          return false;
        },
      );
      expect((await manifest(reference)).status).toBe(done ? 200 : 404);
      expect(failed.length).toBeLessThan(20);
    }
    const named = gate.requests.filter((line) => line.startsWith('PUT') && line.includes('/manifests/'));
    expect(named.at(-1)).toContain('/manifests/v-');
    // A layer, which both platforms share, two configs, two images and the index.
    expect(failed.filter((path) => path.startsWith('PUT') && path.includes('/manifests/'))).toHaveLength(3);
    expect(failed.filter((path) => path.startsWith('PUT') && path.includes('/blobs/'))).toHaveLength(3);
  });

  test('writes an index for all platforms last, under the tag of git', async () => {
    const written = await push();
    expect(written).toEqual([`${gate.host}/acme/app:v-${git('rev-parse', 'HEAD:pkg/app').trim()}`]);
    const { body } = await manifest(written[0]);
    expect(body.manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
    const raw = [
      'inspect',
      '--config',
      '--tls-verify=false',
      '--override-arch',
      'arm64',
      `docker://${written[0]}`,
    ];
    const config = JSON.parse(await skopeo(...raw));
    expect(config).toMatchObject({
      architecture: 'arm64',
      config: { Env: [expect.any(String), 'ON=arm64'] },
    });
  });

  test('sends nothing that the registry has', async () => {
    await push();
    expect(gate.requests.filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  test('refuses a tag that stands for other images, unless told', async () => {
    await push({ release: 'stable', platforms: ['linux/amd64'], override: true });
    await expect(push({ release: 'stable' })).rejects.toMatchObject({
      code: 'tag-taken',
      message: expect.stringMatching(/^[^ ]*\/acme\/app:v-[0-9a-f]{40} is sha256:[0-9a-f]{64} already, and/),
    });
    await push({ release: 'stable', override: true });
    expect((await push({ release: 'stable' }))[1]).toBe(`${gate.host}/acme/app:stable`);
  });

  test('takes layers of a base image from its repository, and does not fetch them', async () => {
    await pushTo(gate, await randomImage(2, { layers: 3 }), 'base/image:1');
    write({
      'pkg/on/build.yml': `image: on\norg: ${gate.host}/acme\n`,
      'pkg/on/Dockerfile': dockerfile(gate),
    });
    write({ 'pkg/on/a': 'on' });
    git('add', '-A');
    git('commit', '-q', '-m', 'on');
    gate.reset();
    await push({ place: 'pkg/on', platforms: ['linux/amd64'], frozen: false, dirty: true });
    const mounts = gate.requests.filter((line) => /^POST .*\?mount=sha256.*&from=base%2Fimage$/.test(line));
    expect(mounts).toHaveLength(3);
    expect(gate.count('PUT', /\/acme\/on\/blobs\//)).toBe(2);
  });

  test('signs the images and the index before a tag names them', async () => {
    const { publicKey, privateKey } = await generateKeyPair({ password: 'secret' });
    write({ '.store/cosign.key': privateKey, '.store/password': 'secret' });
    const key = { file: '.store/cosign.key', passwordFile: '.store/password' };
    await push({ release: 'signed', sign: { key } });
    const puts = gate.requests.filter((line) => /^PUT .*\/manifests\//.test(line));
    expect(puts.filter((line) => /\/sha256-[0-9a-f]{64}\.sig$/.test(line))).toHaveLength(3);
    expect(puts.at(-1)).toMatch(/\/manifests\/signed$/);
    const signed = (await manifest(`${gate.host}/acme/app:signed`)).body.manifests[0].digest;
    const signature = await manifest(`${gate.host}/acme/app:${signed.replace(':', '-')}.sig`);
    expect(
      verifiesLayer(publicKey, signature.body.layers[0], await blob(signature.body.layers[0].digest)),
    ).toBe(true);
    gate.reset();
    await expect(push({ release: 'other', sign: { key: { file: 'none' } } })).rejects.toMatchObject({
      code: 'unreadable-file',
    });
    expect(gate.requests).toEqual([]);
  });

  test('adds a release and a tag for each platform where that is asked for', async () => {
    const written = await push({ release: 'v1.0', archTags: true });
    expect(written[1]).toBe(`${gate.host}/acme/app:v1.0`);
    expect((await manifest(written[1])).body.manifests).toHaveLength(2);
    expect((await manifest(`${written[1]}-arm64`)).body.layers).toHaveLength(1);
  });

  test('by machines with an architecture each ends with the index of all that are there', async () => {
    const write = async (lines: string[] = []) => {
      const request = { place: 'pkg/app', release: 'by-hand' };
      await writePackageIndex(environment(), request, (line) => lines.push(line));
      return lines.join('\n');
    };
    const { reference } = await packageTag(environment(), 'pkg/app');
    await push();
    const { body: whole } = await manifest(reference);
    await expect(write()).rejects.toMatchObject({
      code: 'unknown-image',
      message: expect.stringMatching(/\/acme\/app has no image with the tag \S+-amd64, \S+-arm64, /),
      hint: expect.stringContaining('nx push-image pkg/app --archTags'),
    });
    for (const platform of ['linux/amd64', 'linux/arm64'])
      await push({ platforms: [platform], archTags: true, release: 'by-hand', override: true });
    expect((await manifest(reference)).body.manifests).toHaveLength(1);
    expect(await write()).toMatch(/app:v-[0-9a-f]{40}: sha256:.*\npush .*app:by-hand: sha256:/);
    expect((await manifest(reference)).body).toEqual(whole);
    expect((await write()).match(/has all images that its architectures have$/gm)).toHaveLength(2);
  });

  test('refuses what is not committed, unless told', async () => {
    write({ 'pkg/app/new': 'x' });
    await expect(push()).rejects.toMatchObject({
      code: 'unsupported',
      message: 'pkg/app has files that are not committed, so it is not pushed',
    });
    expect(gate.requests).toEqual([]);
    expect((await push({ dirty: true }))[0]).toMatch(/:v-[0-9a-f]{40}-dirty-[0-9a-f]{7}$/);
    rmSync(join(root, 'pkg/app/new'));
  });
});

test('a package is shown, pushed, and named by its tag in a YAML', async () => {
  const workspace = await Workspace.create({
    env: IN_PROCESS,
    plugin: { packages: { registry: `${registry.host}/cache`, push: true } },
    files: {
      'pkg/app/build.yml': `image: app\norg: ${registry.host}/acme\n`,
      'pkg/app/Dockerfile': 'FROM scratch\nCOPY a /\n',
      'pkg/app/a': '1',
    },
  });
  try {
    const hash = workspace.git('rev-parse', 'HEAD:pkg/app').trim();
    const reference = `${registry.host}/acme/app:${hash}`;
    expect((await workspace.succeed('show-tag', 'pkg/app')).output).toContain(reference);
    const { output } = await workspace.succeed('run-many', '-t', 'push-image');
    expect(output).toContain(`push ${reference}: sha256:`);
    expect(await skopeo('inspect', '--tls-verify=false', `docker://${reference}`)).toContain('amd64');

    await workspace.succeed('push-image', 'pkg/app', '--archTags');
    expect((await workspace.succeed('manifest', 'pkg/app')).output).toContain('has all images');

    await workspace.succeed('export-image', 'pkg/app', '--output-file=app.tar');
    const name = `oci-archive:${workspace.path('app.tar')}`;
    expect(JSON.parse(await skopeo('inspect', '--config', name)).architecture).toBe('amd64');

    workspace.write({ 'apps/my-os/linuxkit.yml': smallYaml(reference) });
    const { executed } = await workspace.succeed('build', 'my-os');
    expect(executed).toContain('my-os:tar');
    expect(workspace.exists('apps/my-os/linuxkit.lock.json')).toBe(false);
    expect(tarOfMyOs(workspace)).toContain('a');

    const refused = await workspace.nx('push-os', 'my-os');
    expect([refused.code === 0, refused.output]).toEqual([false, expect.stringContaining('--to=registry.')]);
    // The YAML declares tar; the other format is made for the push.
    const to = `--to=${registry.host}/systems/`;
    const pushed = await workspace.succeed('push-os', 'my-os', to, '--format=tar,docker');
    expect(pushed.output).toMatch(/push [^ ]*\/systems\/my-os:latest: sha256:[0-9a-f]{64}/);
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${to.slice(5)}my-os`);
    expect(JSON.parse(raw).layers).toHaveLength(2);

    workspace.emptyNxCache();
    const clone = await workspace.clone({ store: false });
    const taken = await clone.succeed('build', 'pkg/app');
    expect(taken.output).toMatch(/image pkg@pkg-app: [0-9a-f]{12}, .*, from its registry, /);

    workspace.write({ 'pkg/app/a': '2', 'pkg/app/new-file': '' });
    const locked = await workspace.succeed('lock', 'my-os');
    expect(locked.output).toMatch(/, published: the files of pkg\/app have the tag [0-9a-f]{40} now, /);
    await workspace.succeed('build', 'my-os');
    expect(tarOfMyOs(workspace)).not.toContain('new-file');
  } finally {
    await workspace.stop();
  }
});

function tarOfMyOs(workspace: Workspace): string[] {
  const path = workspace.path('dist/apps/my-os/tar/my-os.tar');
  return execFileSync('tar', ['-tf', path], { encoding: 'utf8', stdio: 'pipe' }).split('\n');
}

/** An index or a manifest. */
interface Served {
  readonly manifests: readonly { readonly platform: object; readonly digest: string }[];
  readonly layers: readonly SignatureLayer[];
}

/** A layer; cosign's specification has the signature of its bytes in an annotation. */
interface SignatureLayer {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function verifiesLayer(publicKey: string, { annotations = {} }: SignatureLayer, payload: Buffer): boolean {
  const signature = Buffer.from(annotations['dev.cosignproject.cosign/signature'], 'base64');
  return verify('sha256', payload, publicKey, signature);
}

const dockerfile = ({ host }: Gate) => `FROM ${host}/base/image:1\nCOPY a /\n`;
