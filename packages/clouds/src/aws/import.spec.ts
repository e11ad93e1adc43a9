import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { noise, Pushes } from '../__tests__/a-push.js';
import { FakeAws } from '../__tests__/fake-aws.js';
import { PushState } from '../state.js';

it('an import that failed after its push was killed is begun anew, by another token', async () => {
  const aws = await FakeAws.start();
  const options = { bucket: 'my-bucket' };
  const pushes = new Pushes({ platform: 'aws', format: 'raw-efi', env: aws.env, options });
  try {
    const disk = noise(1000, 'a');
    const digits = createHash('sha256').update(disk).digest('hex').slice(0, 12);
    const notes = await PushState.open(join(pushes.folder, 'state'), `aws-my-os-${digits}`);
    await notes.set('importToken', 'of-the-failed-one');
    await notes.set('task', 'import-snap-gone');
    await pushes.push(disk);
    expect([...aws.snapshots.values()].map(({ token }) => token)).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
    expect([aws.images.size, aws.bucket.left(), pushes.notes()]).toEqual([1, [], []]);
  } finally {
    await aws.fake.close();
    pushes.remove();
  }
});
