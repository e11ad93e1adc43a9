import { sampleOf } from '@nx-linuxkit/testing';
import { limits, MIB, noise, Pushes } from './__tests__/a-push.js';
import { FakeAws } from './__tests__/fake-aws.js';
import { FakeAzure } from './__tests__/fake-azure.js';
import { FakeDigitalocean } from './__tests__/fake-digitalocean.js';
import { FakeGoogle } from './__tests__/fake-google.js';
import { FakeHetzner } from './__tests__/fake-hetzner.js';
import { FakeOpenstack } from './__tests__/fake-openstack.js';
import { FakeProxmox } from './__tests__/fake-proxmox.js';
import { FakeScaleway } from './__tests__/fake-scaleway.js';
import { FakeVcenter } from './__tests__/fake-vcenter.js';
import type { Fake, FakeFault } from './__tests__/fake.js';
import { platforms } from './platforms.js';

interface Cloud {
  readonly fake: Fake;
  readonly env: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, string>>;
  /** All that costs money or space. */
  left(): string[];
}

/** A way to a platform: `start` gives the server that stands in, and what has its imports fail after minutes. */
interface Way<T extends Cloud = Cloud> {
  readonly name: string;
  readonly platform: string;
  readonly format: string;
  readonly start: () => Promise<T>;
  readonly failImports: (cloud: T) => void;
  /** The request that carries the disk. */
  readonly bytes: RegExp;
  readonly options?: Readonly<Record<string, string>>;
  /** Bytes of a file that the platform takes. Default: 1000. */
  readonly size?: number;
}

function way<T extends Cloud>(one: Omit<Way<T>, 'name'> & { readonly name?: string }): Way {
  return { name: one.platform, ...one } as unknown as Way;
}
/** Most servers that stand in have this switch. */
const importFails = (cloud: Cloud & { importFails: boolean }): void => void (cloud.importFails = true);

const WAYS: readonly Way[] = [
  way({
    platform: 'aws',
    format: 'raw-efi',
    start: () => FakeAws.start(),
    failImports: (aws) => void (aws.becomes = 'error'),
    bytes: /^PUT \/snapshots/,
  }),
  way({
    name: 'aws by S3',
    platform: 'aws',
    format: 'raw-efi',
    options: { bucket: 'my-bucket' },
    start: () => FakeAws.start(),
    failImports: (aws) => void (aws.becomes = 'error'),
    bytes: /^PUT \/my-bucket/,
  }),
  way({
    platform: 'azure',
    format: 'vhd-efi',
    size: MIB + 512,
    start: () => FakeAzure.start(),
    failImports: (azure) => void (azure.imageBecomes = 'Failed'),
    bytes: /^PUT \/blob/,
  }),
  way({
    platform: 'gcp',
    format: 'gcp',
    start: () => FakeGoogle.start(),
    failImports: importFails,
    bytes: /^PUT \/session/,
  }),
  way({
    platform: 'openstack',
    format: 'qcow2-efi',
    start: () => FakeOpenstack.start(),
    failImports: (cloud) => void (cloud.becomes = 'killed'),
    bytes: /^PUT .*\/file/,
  }),
  way({
    platform: 'digitalocean',
    format: 'qcow2-bios',
    start: () => FakeDigitalocean.start(),
    failImports: importFails,
    bytes: /^PUT \/spaces/,
  }),
  way({
    platform: 'hetzner',
    format: 'raw-bios',
    start: () => FakeHetzner.start(),
    failImports: importFails,
    // The program ssh carries the disk.
    bytes: /^POST \/v1\/servers\/\d+\/actions\/poweroff/,
  }),
  way({
    platform: 'scaleway',
    format: 'qcow2-efi',
    start: () => FakeScaleway.start(),
    failImports: importFails,
    bytes: /^PUT \/s3/,
  }),
  way({
    platform: 'proxmox',
    format: 'qcow2-efi',
    start: () => FakeProxmox.start(),
    failImports: importFails,
    bytes: /^POST .*\/upload/,
  }),
  way({
    platform: 'vcenter',
    format: 'ova',
    start: () => FakeVcenter.start(),
    failImports: importFails,
    bytes: /^PUT \/cls/,
  }),
];

/** It has no API: its spec has a server of OpenSSH. */
const WITHOUT_API = ['ssh'];

it('every platform with an API is in the enumeration', () => {
  const tried = new Set([...WAYS.map(({ platform }) => platform), ...WITHOUT_API]);
  expect([...tried].sort()).toEqual(platforms.map(({ name }) => name).sort());
});

/** Faults of the disk's requests, and the code of the error. */
const FAULTS: readonly (readonly [FakeFault['how'] & (number | string), string])[] = [
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [429, 'rate-limited'],
  [500, 'platform-error'],
  ['hang', 'unreachable'],
  ['cut', 'unreachable'],
];
/** The way whose requests hang in `npm test` too: each of them is given up after seconds. */
const HANGS = 'aws by S3';

describe.each(WAYS)(
  '$name',
  ({ name, platform, format, start, failImports, bytes, options, size = 1000 }) => {
    let cloud: Cloud;
    let pushes: Pushes;
    const file = noise(size, 'a');
    beforeEach(async () => {
      cloud = await start();
      pushes = new Pushes({ platform, format, env: cloud.env, options: { ...cloud.options, ...options } });
    });
    afterEach(async () => {
      await cloud.fake.close();
      pushes.remove();
    });

    it.each(sampleOf(FAULTS, ([how]) => how !== 'hang' || name === HANGS))(
      '%s for the disk: a clear error, and nothing is left behind',
      async (how, code) => {
        const fault = { on: bytes, how } as FakeFault;
        cloud.fake.fail(fault);
        const failed = pushes.push(file, { client: limits(fault) });
        await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(/^cannot /) });
        cloud.fake.heal();
        expect(cloud.left()).toEqual([]);
        expect(pushes.notes()).toEqual([]);
      },
    );

    it('401 for all: a clear error before a byte goes', async () => {
      cloud.fake.fail({ on: /./, how: 401 });
      await expect(pushes.push(file)).rejects.toMatchObject({
        code: 'unauthorized',
        hint: expect.any(String),
      });
      expect(cloud.fake.seen.filter((line) => bytes.test(`${line} `))).toEqual([]);
      expect(cloud.left()).toEqual([]);
    });

    it('an import that fails after minutes: a clear error, and nothing is left behind', async () => {
      failImports(cloud);
      await expect(pushes.push(file)).rejects.toMatchObject({ code: 'import-failed' });
      expect(cloud.left()).toEqual([]);
      expect(pushes.notes()).toEqual([]);
    });
  },
);
