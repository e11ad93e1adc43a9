import { freePort, randomImage, startMemoryRegistry } from '@nx-linuxkit/testing';
import { serveImage } from '../__tests__/served-image.js';

const served = serveImage();

describe('mirrors', () => {
  it('are asked first, with their path before the repository, and then the registry is not asked', async () => {
    const { registry, image, pull } = served;
    registry.add('prefix/library/app', '1', image);
    await pull('app:1', { mirrors: { 'docker.io': [`${registry.url}/prefix`] } });
    expect(registry.log.requests.map(({ path }) => path).filter((path) => path !== '/v2/')).toEqual([
      '/v2/prefix/library/app/manifests/1',
      `/v2/prefix/library/app/blobs/${image.config.descriptor.digest}`,
      `/v2/prefix/library/app/blobs/${image.layers[0].descriptor.digest}`,
    ]);
  });

  it('that are dead or lack the image are skipped with a warning', async () => {
    const empty = await startMemoryRegistry();
    const dead = `http://localhost:${await freePort()}`;
    await served.pull(undefined, { mirrors: { '*': [dead, empty.url] } });
    expect(served.warnings.join('\n')).toMatch(/mirror localhost:\d+: cannot reach [^]*does not exist/);
    await empty.stop();
  });

  it('that fail within a blob leave the rest of it to the registry', async () => {
    const { registry, image, pull } = served;
    const [{ descriptor, bytes }] = image.layers;
    const mirror = await startMemoryRegistry();
    mirror.add('app', '1', image);
    mirror.fail({ path: descriptor.digest, times: 1 }, { kind: 'drop', after: 2_000_000 });
    mirror.fail({ path: descriptor.digest }, { kind: 'status', status: 404 });
    expect((await pull(undefined, { mirrors: { '*': [mirror.url] } })).equals(bytes)).toBe(true);
    expect(registry.log.blobGets(descriptor.digest)[0].headers.range).toMatch(/^bytes=[1-9]/);
    await mirror.stop();
  });

  it('cannot send another manifest for a digest', async () => {
    const { registry, image, pull } = served;
    const evil = await startMemoryRegistry();
    const other = await randomImage(7);
    evil.add('app', image.manifest.descriptor.digest, other);
    await pull(`${registry.host}/app@${image.manifest.descriptor.digest}`, { mirrors: { '*': [evil.url] } });
    expect(served.warnings[0]).toMatch(/has the digest/);
    await evil.stop();
  });
});
