import { noise, Pushes } from '../__tests__/a-push.js';
import { FakeProxmox } from '../__tests__/fake-proxmox.js';

let cloud: FakeProxmox;
let pushes: Pushes;
beforeEach(async () => {
  cloud = await FakeProxmox.start();
  const { env, options } = cloud;
  pushes = new Pushes({ platform: 'proxmox', format: 'qcow2-efi', env, options });
});
afterEach(async () => {
  await cloud.fake.close();
  pushes.remove();
});

const A = noise(1000, 'a');

it.each([
  ['qcow2-efi', { bios: 'ovmf', machine: 'q35', scsi0: /import\/my-os-[0-9a-f]{12}\.qcow2$/ }],
  ['raw-bios', { bios: 'seabios', scsi0: /\.raw$/ }],
  ['vmdk', { bios: 'seabios', scsi0: /\.vmdk$/ }],
])('%s: the template has the firmware of its disk', async (format, { scsi0, ...firmware }) => {
  await pushes.push(A, { format });
  const [{ config, template } = { config: {} }] = [...cloud.machines.values()];
  expect(config).toMatchObject({ ...firmware, serial0: 'socket', scsi0: expect.stringMatching(scsi0) });
  expect(template).toBe(1);
});

it('the words of a task that failed are in the error', async () => {
  cloud.importFails = true;
  await expect(pushes.push(A)).rejects.toMatchObject({
    message: expect.stringContaining('qemu-img: not a disk'),
  });
});

it.each<[string, object, object]>([
  [
    'a storage that takes no imports',
    {},
    { code: 'bad-option', hint: expect.stringContaining('pvesm set local') },
  ],
  ['arm64', { architecture: 'arm64' }, { code: 'bad-file' }],
  [
    'a token without a secret',
    { env: { PROXMOX_VE_ENDPOINT: 'http://127.0.0.1:1', PROXMOX_VE_API_TOKEN: 'root@pam!push' } },
    { code: 'no-credentials', message: expect.stringContaining('user@realm!name=secret') },
  ],
])('%s is refused before a byte is sent', async (what, change, error) => {
  if (what.startsWith('a storage'))
    cloud.fake.fail({ on: /storage\/local\/status/, how: { body: { data: { content: 'iso,vztmpl' } } } });
  await expect(pushes.push(A, change)).rejects.toMatchObject(error);
  expect(cloud.left()).toEqual([]);
  expect(cloud.fake.seen.filter((line) => line.startsWith('POST'))).toEqual([]);
});
