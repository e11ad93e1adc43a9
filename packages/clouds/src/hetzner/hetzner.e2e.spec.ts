import { noise, Pushes } from '../__tests__/a-push.js';
import { FakeHetzner } from '../__tests__/fake-hetzner.js';
import { smallestType } from './api.js';

let cloud: FakeHetzner;
let pushes: Pushes;
beforeEach(async () => {
  cloud = await FakeHetzner.start();
  pushes = new Pushes({ platform: 'hetzner', format: 'raw-bios', env: cloud.env });
});
afterEach(async () => {
  await cloud.fake.close();
  pushes.remove();
});

const A = noise(100_000, 'a');

it('a line that breaks while the disk is written leaves no server and no key', async () => {
  cloud.breakLine();
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('cannot write /dev/sda'),
  });
  expect(cloud.left()).toEqual([]);
});

it('a file that the disk cannot hold is refused by the size of the disk', async () => {
  await expect(pushes.push(Buffer.alloc(25 * 2 ** 20, 1))).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringMatching(/has 25165824 bytes, the disk 26214400$/),
  });
  expect(cloud.left()).toEqual([]);
});

it('the smallest disk wins, then the lowest price; arm64 has types of its own', () => {
  const type = (name: string, architecture: 'x86' | 'arm', disk: number, gross: string) => ({
    name,
    architecture,
    disk,
    prices: [{ location: 'fsn1', price_hourly: { gross } }],
  });
  const types = [
    type('a', 'x86', 80, '1'),
    type('b', 'x86', 40, '3'),
    type('c', 'x86', 40, '2'),
    type('d', 'arm', 40, '1'),
  ];
  const wanted = { architecture: 'amd64', location: 'fsn1', size: 1e9 } as const;
  expect(smallestType(types, wanted)).toBe('c');
  expect(smallestType(types, { ...wanted, size: 60e9 })).toBe('a');
  expect(smallestType(types, { ...wanted, architecture: 'arm64' })).toBe('d');
  expect(() => smallestType(types, { ...wanted, location: 'moon' })).toThrow('moon has no type of servers');
});
