import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  indexOf,
  pushTo,
  randomImage,
  startRegistry,
  type TestIndex,
  type TestRegistry,
} from '@nx-linuxkit/testing';
import { keychainWith, NO_CREDENTIALS } from '../__tests__/keychain.js';
import { AMD64, ARM64 } from '../__tests__/platforms.js';
import { parseManifest } from '../manifest.js';
import { parsePlatform } from '../platform.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import type { SourceOptions } from '../sources/options.js';
import { Store } from '../store/store.js';
import { collect } from '../verify.js';

describe("Debian's docker-registry", () => {
  let registry: TestRegistry;
  let index: TestIndex;
  let dir: string;
  let options: SourceOptions;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'oci-registry-spec-'));
    options = { keychain: NO_CREDENTIALS, retryDelays: [] };
    registry = await startRegistry();
    index = indexOf([
      await randomImage(1, { layers: [{ size: 300_000 }, { compression: 'zstd' }, { compression: 'none' }] }),
      await randomImage(2, { platform: ARM64 }),
    ]);
    await pushTo(registry, index, 'some/image:1.0', options);
  });

  afterAll(async () => {
    await registry.stop();
    rmSync(dir, { recursive: true });
  });

  it('returns what was pushed: an index by its tag, the image for one platform, and every blob', async () => {
    const source = await openImageSource(parseReference(`${registry.host}/some/image:1.0`), options);
    const store = Store.open(join(dir, 'store'));
    expect(await source.identify()).toBe(index.index.descriptor.digest);
    const resolved = await source.resolve(AMD64);
    expect(resolved).toMatchObject({
      digest: index.images[0].manifest.descriptor.digest,
      index: index.index.descriptor.digest,
      imageID: index.images[0].config.descriptor.digest,
      size: index.images[0].manifest.bytes.length,
    });
    for (const [i, layer] of parseManifest(resolved.manifest).layers.entries()) {
      await store.write(layer, source.blob(layer));
      const stored = await collect(store.read(layer.digest), layer.size, 'layer');
      expect(stored.equals(index.images[0].layers[i].bytes)).toBe(true);
    }
    await source.close();
  });

  it.each(['index', 'manifest'] as const)(
    'returns the image for one platform by the digest of its %s',
    async (kind) => {
      const { digest } = kind === 'index' ? index.index.descriptor : index.images[1].manifest.descriptor;
      const source = await openImageSource(
        parseReference(`${registry.host}/some/image:1.0@${digest}`),
        options,
      );
      const resolved = await source.resolve(parsePlatform('linux/arm64/v8'));
      expect(resolved.digest).toBe(index.images[1].manifest.descriptor.digest);
      expect(resolved.index).toBe(kind === 'index' ? digest : undefined);
      await source.close();
    },
  );

  it('returns the rest of a blob from an offset on', async () => {
    const layer = index.images[0].layers[0];
    const source = await openImageSource(parseReference(`${registry.host}/some/image:1.0`), options);
    const rest = await collect(source.blob(layer.descriptor, 1000), layer.bytes.length, 'rest');
    expect(rest.equals(layer.bytes.subarray(1000))).toBe(true);
    await source.close();
  });

  it('holds images of Docker schema 2', async () => {
    const image = await randomImage(3, { format: 'docker' });
    await pushTo(registry, image, 'docker/image:latest', options);
    const source = await openImageSource(parseReference(`${registry.host}/docker/image`), options);
    expect((await source.resolve(AMD64)).mediaType).toBe(
      'application/vnd.docker.distribution.manifest.v2+json',
    );
    await source.close();
  });

  it('is not sent a blob that it already has', async () => {
    registry.log.clear();
    await pushTo(registry, index.images[0], 'some/image:again', options);
    expect(registry.log.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe("Debian's docker-registry with basic auth", () => {
  it('accepts pushes and pulls with the credentials of the keychain, and refuses them without', async () => {
    const registry = await startRegistry({ auth: { user: 'me', password: 'pa:ss' } });
    const keychain = keychainWith({ username: 'me', password: 'pa:ss' });
    const image = await randomImage(4);
    await pushTo(registry, image, 'private:1', { keychain });
    const source = await openImageSource(parseReference(`${registry.host}/private:1`), { keychain });
    expect((await source.resolve(AMD64)).digest).toBe(image.manifest.descriptor.digest);
    await source.close();
    const anonymous = await openImageSource(parseReference(`${registry.host}/private:1`), {
      keychain: NO_CREDENTIALS,
    });
    await expect(anonymous.resolve(AMD64)).rejects.toMatchObject({ code: 'unauthorized' });
    await anonymous.close();
    await registry.stop();
  });
});
