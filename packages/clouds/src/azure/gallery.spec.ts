import { MIB, noise, Pushes } from '../__tests__/a-push.js';
import { FakeAzure } from '../__tests__/fake-azure.js';

/** What a push adds to an image that is there already. */
let azure: FakeAzure;
let pushes: Pushes;
beforeEach(async () => {
  azure = await FakeAzure.start();
  pushes = new Pushes({ platform: 'azure', format: 'vhd-efi', env: azure.env });
});
afterEach(async () => {
  await azure.fake.close();
  pushes.remove();
});

const VHD = noise(MIB + 512, 'a');
const options = { gallery: 'shared' };
const versions = () => [...azure.gallery.keys()].filter((path) => path.includes('/versions/'));

it('an image that is there already gets its version once the option names a gallery', async () => {
  const first = await pushes.push(VHD);
  const second = await pushes.push(VHD, { options });
  expect(versions()).toEqual(['shared/images/my-os/versions/1.0.1']);
  expect(second).toEqual({
    ...first,
    existed: true,
    image: { ...first!.image, galleryVersion: expect.stringMatching(/my-os\/versions\/1\.0\.1$/) },
  });
});

it('a repeated push makes no second version, and gives the same result', async () => {
  const first = await pushes.push(VHD, { options });
  expect(await pushes.push(VHD, { options })).toEqual({ ...first, existed: true });
  expect(azure.fake.seen.filter((line) => /^PUT .*versions/.test(line))).toHaveLength(1);
});

it('a version that is there stays when a repeated push fails', async () => {
  await pushes.push(VHD, { options });
  azure.fake.fail({ on: /^GET .*\/versions\?/, how: 403 });
  await expect(pushes.push(VHD, { options })).rejects.toMatchObject({ code: 'forbidden' });
  expect(versions()).toHaveLength(1);
});

it('a version that fails is removed, and the image that was there stays', async () => {
  await pushes.push(VHD);
  azure.versionBecomes = 'Failed';
  await expect(pushes.push(VHD, { options })).rejects.toMatchObject({ code: 'import-failed' });
  expect([versions(), azure.images.size]).toEqual([[], 1]);
});

it('the disk of a push that was killed behind its image is removed by the next one', async () => {
  const { image } = (await pushes.push(VHD))!;
  azure.disks.set(`${image.name}-upload`, {
    ...{ size: VHD.length, properties: {}, state: 'Unattached', bytes: VHD, written: [] },
  });
  await pushes.push(VHD);
  expect(azure.disks.size).toBe(0);
});
