import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootDisk, keyPair, UpdateWorkshop } from './ab/update-workshop.js';

/** A machine that takes a new version out of a registry, boots it, and keeps it. */

/** Seconds for both starts of the machine, each of which takes about 15 on an idle host. */
const BOOT_LIMIT = 500;
jest.setTimeout(600_000);
/** Bytes that a changed text may cost on the way, lists of hashes and signatures included. */
const SMALL = 200_000;

let workshop: UpdateWorkshop;
beforeAll(async () => {
  // The tag `stable` is followed last, because the machine starts again once it has taken a version.
  workshop = await UpdateWorkshop.open((version, made) => [
    `  - { name: bless, image: '${made.image('bless')}', command: [/usr/bin/bless, -check, grep -qx ${version} /etc/version] }`,
    ...['stranger', 'old', 'stable'].map((tag) => made.update(tag)),
  ]);
});
afterAll(() => workshop?.close());

test('a version comes out of a registry into the free slot, boots, and is kept; a stranger’s and an older one are refused', async () => {
  const [ours, theirs] = [keyPair(), keyPair()];
  const disk = join(workshop.root, 'machine.img');
  copyFileSync(await workshop.make('1', ours.publicKey), disk);
  await workshop.push('old', ours.privateKey);
  await workshop.make('1.1', ours.publicKey);
  await workshop.push('stranger', theirs.privateKey);
  await workshop.make('1.10', ours.publicKey);
  await workshop.push('stable', ours.privateKey);

  // What is fetched until the new version has its tries: three looks, and what differs between the versions.
  let fetched: number | undefined;
  const console = await bootDisk(disk, BOOT_LIMIT, (text) => {
    if (text.includes('version 1.10 has 3 tries')) fetched ??= workshop.fetched;
  });
  expect(console).toContain('version 1.10 has 3 tries');
  expect(fetched).toBeLessThan(SMALL);
  const first = console.slice(0, console.indexOf('version 1.10 has 3 tries'));
  const second = console.slice(first.length);
  expect(first).toMatch(
    /no signature of sha256:[0-9a-f]{64} is by the key \/etc\/update\.pub; nothing is changed/,
  );
  expect(first).toMatch(
    /taking version 1\.10 \(sha256:[0-9a-f]{64}\) in place of 1\n|taking version 1\.10 .* in place of 1\r/,
  );
  expect(second).toMatch(/bless: os_1\.10-[0-9a-f]{12}\.efi works/);
  expect(second).toContain('version 1 is not newer than 1.10, which runs; nothing is changed');
  expect(second).toMatch(/update: os_1\.10-[0-9a-f]{12} is what \S+:stable has/);
  expect(second).toContain('reboot: Power down');
  const versions = execFileSync('mdir', ['-b', '-i', `${disk}@@1M`, '::EFI/Linux'], { encoding: 'utf8' });
  expect(versions.match(/os_\S+/g)).toEqual([
    expect.stringMatching(/^os_1-[0-9a-f]{12}\.efi$/),
    expect.stringMatching(/^os_1\.10-[0-9a-f]{12}\.efi$/),
  ]);
});

test('a mirror stands in for a registry that does not answer, and a stick brings a version to a machine without a network', async () => {
  const { publicKey, privateKey } = keyPair();
  const offline = await UpdateWorkshop.open((version, made) => [
    `  - { name: bless, image: '${made.image('bless')}', command: [/usr/bin/bless, -check, grep -qx ${version} /etc/version] }`,
    made.follow('stick', ['disk:UPDATE/os:stable']),
    // Nothing listens at the first port.
    made.follow('mirror', ['10.0.2.2:1/systems/os:stable', made.reference('stable')]),
  ]);
  try {
    const disk = join(offline.root, 'machine.img');
    copyFileSync(await offline.make('1', publicKey), disk);
    await offline.make('2', publicKey);
    await offline.push('stable', privateKey);
    const mirrored = await bootDisk(disk, BOOT_LIMIT);
    expect(mirrored).toContain('update: there is no disk with the label UPDATE');
    expect(mirrored).toMatch(/10\.0\.2\.2:1 answers 000 to manifests\/stable: .*; nothing is changed/);
    expect(mirrored).toContain('version 2 has 3 tries');
    expect(mirrored).toMatch(/bless: os_2-[0-9a-f]{12}\.efi works/);

    await offline.make('3', publicKey);
    await offline.push('oci:stick/os:stable', privateKey);
    const stick = join(offline.root, 'stick.img');
    execFileSync('truncate', ['-s', '512M', stick]);
    execFileSync('/sbin/mkfs.vfat', ['-n', 'UPDATE', stick], { stdio: 'pipe' });
    execFileSync('mcopy', ['-s', '-i', stick, join(offline.root, 'stick/os'), '::os']);
    const before = offline.fetched;
    const carried = await bootDisk(disk, BOOT_LIMIT, undefined, { network: 'none', disks: [stick] });
    expect(carried).toContain('version 3 has 3 tries');
    expect(carried).toMatch(/bless: os_3-[0-9a-f]{12}\.efi works/);
    expect(carried).toMatch(/update: os_3-[0-9a-f]{12} is what disk:UPDATE\/os:stable has/);
    expect(carried).toContain('reboot: Power down');
    expect(offline.fetched).toBe(before);
  } finally {
    await offline.close();
  }
});
