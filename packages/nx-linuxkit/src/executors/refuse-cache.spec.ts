import { VERIFY_RUN } from '../verify-run.js';
import { refuseCachedFormats, refuseCachedVerdict } from './refuse-cache.js';

const COMMAND = 'nx build my-os';

const before = process.env[VERIFY_RUN];
beforeEach(() => delete process.env[VERIFY_RUN]);
afterAll(() => {
  if (before !== undefined) process.env[VERIFY_RUN] = before;
});

describe('a run with `verify`', () => {
  const inputs = ['default', { env: VERIFY_RUN }];

  it.each([undefined, {}, { cache: false }, { inputs: ['default'] }])(
    'is allowed where Nx stores nothing: %j',
    (target) => {
      expect(() => refuseCachedVerdict('my-os', target, COMMAND)).not.toThrow();
    },
  );

  it('is allowed on the command line, which gives it a hash of its own', () => {
    process.env[VERIFY_RUN] = 'random';
    expect(() => refuseCachedVerdict('my-os', { cache: true, inputs }, COMMAND)).not.toThrow();
  });

  it('is refused in a configuration and under a daemon, where no hook has given it a hash of its own', () => {
    const refused = () => refuseCachedVerdict('my-os', { cache: true, inputs }, COMMAND);
    expect(refused).toThrow('an option of the command line, without Nx’s daemon');
    expect(refused).toThrow(
      expect.objectContaining({ hint: 'Run `NX_DAEMON=false nx build my-os --verify`.' }),
    );
  });

  it.each([{ cache: true }, { cache: true, inputs: ['default', { env: 'OTHER' }] }])(
    'is refused where its hash is not its own: %j',
    (target) => {
      process.env[VERIFY_RUN] = 'random';
      expect(() => refuseCachedVerdict('my-os', target, COMMAND)).toThrow(
        'the inputs of build of my-os were replaced',
      );
    },
  );
});

it('formats that a configuration caches in spite of trustedCache: false are named', () => {
  const targets = {
    tar: { cache: true },
    iso: { cache: false },
    'kernel+initrd': { cache: true },
    vhd: { cache: true },
  };
  expect(() => refuseCachedFormats('my-os', ['iso'], targets)).not.toThrow();
  expect(() => refuseCachedFormats('my-os', ['tar', 'iso', 'kernel+initrd'], targets)).toThrow(
    'Nx caches tar, kernel+initrd of my-os, though nx.json has trustedCache: false',
  );
});
