import { parsePlatform } from '@nx-linuxkit/oci';
import { freePort, randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { openEnvironment } from './environment.js';
import type { Settings } from './plan/settings.js';
import { Sources } from './sources.js';

let registry: MemoryRegistry;
beforeAll(async () => {
  registry = await startMemoryRegistry();
  registry.add('app', '1', await randomImage(1));
});
afterAll(() => registry.stop());
beforeEach(() => registry.heal());

async function resolve(settings: Settings) {
  const sources = new Sources(openEnvironment('/nonexistent', settings));
  try {
    const source = await sources.open(`${registry.host}/app:1`);
    return await source.resolve(parsePlatform('linux/amd64')).finally(() => source.close());
  } finally {
    await sources.close();
  }
}

it('the option transferTimeout ends a registry that drips, in seconds', async () => {
  registry.fail({ path: 'manifests' }, { kind: 'slow', parts: 1000, pause: 20 });
  await expect(resolve({ transferTimeout: 0.3, minimumRate: 0 })).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('was not done after 0.3 s (option transferTimeout)'),
  });
});

it('a mirror that fails is named when an image is looked up', async () => {
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const port = await freePort();
  await resolve({ mirrors: { '*': [`http://localhost:${port}`] } });
  expect(said.mock.calls[0]).toEqual([expect.stringContaining(`mirror localhost:${port}: cannot reach`)]);
  said.mockRestore();
});
