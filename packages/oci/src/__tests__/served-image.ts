import { randomImage, startMemoryRegistry, type MemoryRegistry, type TestImage } from '@nx-linuxkit/testing';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import type { SourceOptions } from '../sources/options.js';
import { collect } from '../verify.js';
import { NO_CREDENTIALS } from './keychain.js';
import { AMD64 } from './platforms.js';

/** An image in an in-memory registry, and what it takes to pull it. */
export interface ServedImage {
  readonly registry: MemoryRegistry;
  /** One uncompressed layer of about 4 MB. */
  readonly image: TestImage;
  /** Options of `pull`: quick retries, and no credentials. */
  readonly options: SourceOptions;
  /** The warnings of the current test. */
  readonly warnings: readonly string[];
  /** Resolves the image and returns the bytes of its layer. Default: the image as `app:1` of the registry. */
  pull(reference?: string, overrides?: SourceOptions): Promise<Buffer>;
}

/** Serves the image as `app:1` to all tests of a file; each test starts without faults, requests and warnings. */
export function serveImage(): ServedImage {
  let registry: MemoryRegistry;
  let image: TestImage;
  let warnings: string[] = [];
  const options: SourceOptions = {
    keychain: NO_CREDENTIALS,
    retryDelays: [1, 1],
    idleTimeout: 300,
    onWarning: (warning) => void warnings.push(warning),
  };

  beforeAll(async () => {
    registry = await startMemoryRegistry();
    image = await randomImage(1, { layers: [{ files: 2, size: 2_000_000, compression: 'none' }] });
    registry.add('app', '1', image);
  });
  beforeEach(() => {
    registry.heal();
    registry.log.clear();
    warnings = [];
  });
  afterAll(() => registry.stop());

  return {
    options,
    get registry() {
      return registry;
    },
    get image() {
      return image;
    },
    get warnings() {
      return warnings;
    },
    async pull(reference = `${registry.host}/app:1`, overrides = {}) {
      const source = await openImageSource(parseReference(reference), { ...options, ...overrides });
      try {
        await source.resolve(AMD64);
        const { descriptor } = image.layers[0];
        return await collect(source.blob(descriptor), descriptor.size, 'layer');
      } finally {
        await source.close();
      }
    },
  };
}
