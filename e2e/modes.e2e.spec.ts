import { readdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem } from './graph/images.js';
import { systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** Bits of a mode that concern others than the owner. */
const OTHERS = 0o077;

/** A remote cache by Nx's API for self-hosted caches, in memory. */
async function startRemoteCache(): Promise<{ url: string; artefacts: Map<string, Buffer>; server: Server }> {
  const artefacts = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const hash = request.url!.split('/').pop()!;
    if (request.method === 'GET') {
      const found = artefacts.get(hash);
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/octet-stream' });
      response.end(found);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      artefacts.set(hash, Buffer.concat(chunks));
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, artefacts, server };
}

describe('modes of secret outputs', () => {
  let registry: TestRegistry;
  let remote: Awaited<ReturnType<typeof startRemoteCache>>;
  let workspace: Workspace;
  const build = () => workspace.succeed('build', 'my-os');
  const expectSecret = () => {
    const files = [
      'dist/apps/my-os/kernel+initrd/my-os-initrd.img',
      '.linuxkit/my-os/initramfs/initramfs/own.cpio',
      '.linuxkit/my-os/oci-config/oci-config/bundles.json',
    ];
    for (const file of files) expect([file, statSync(workspace.path(file)).mode & OTHERS]).toEqual([file, 0]);
  };

  beforeAll(async () => {
    registry = await startRegistry();
    remote = await startRemoteCache();
    await pushSystem(registry);
    workspace = await Workspace.create({
      env: { ...IN_PROCESS, NX_SELF_HOSTED_REMOTE_CACHE_SERVER: remote.url },
      files: { 'apps/my-os/linuxkit.yml': systemYaml(registry.host) },
    });
    await workspace.succeed('lock', 'my-os');
    await build();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
    remote?.server.close();
  });

  it('an env makes bundles.json, own.cpio and the formats private, in Nx’s cache too', () => {
    expectSecret();
    const secret = ['my-os-initrd.img', 'own.cpio', 'bundles.json'];
    const cached = readdirSync(workspace.nxCache, { recursive: true, encoding: 'utf8' }).filter((path) =>
      secret.includes(path.split('/').pop()!),
    );
    expect(cached.length).toBeGreaterThanOrEqual(secret.length);
    for (const path of cached)
      expect([path, statSync(join(workspace.nxCache, path)).mode & OTHERS]).toEqual([path, 0]);
  });

  it('what Nx restores from its cache is private', async () => {
    workspace.remove('dist', '.linuxkit');
    expect((await build()).executed).toEqual([]);
    expectSecret();
  });

  it('what Nx restores from a remote cache is private', async () => {
    expect(remote.artefacts.size).toBeGreaterThan(0);
    workspace.emptyNxCache();
    workspace.remove('dist', '.linuxkit');
    expect((await build()).executed).toEqual([]);
    expectSecret();
  });
});
