import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { bootDisk, keyPair, UpdateWorkshop } from './ab/update-workshop.js';

/**
 * A machine whose power is cut at its first boot, while the partition for data grows to the end of the disk and gets its
 * file system: QEMU is killed. The next boot must come up by itself with the whole disk.
 */

const CUTS = Number(process.env.POWER_CUTS ?? 6);
/** Seconds for one start, which takes about 12 on an idle host. */
const BOOT_LIMIT = 300;
jest.setTimeout(3 * BOOT_LIMIT * 1000);
/** Bytes by which the machine's disk is larger than the one that was built. */
const GROWTH = 300 << 20;
const SECTOR = 512;

const IMAGES = {
  state: { command: '/usr/bin/state', opened: 'state: /dev/vda6 at /var' },
  'state-luks': {
    command: '/usr/bin/state, -key, /etc/version-key',
    opened: 'state: /dev/mapper/state at /var',
  },
} as const;

describe.each(Object.entries(IMAGES))('%s', (name, { command, opened }) => {
  let workshop: UpdateWorkshop;
  let disk: string;
  /** Milliseconds from the start of the system to the data, when nothing is cut. */
  let duration: number;

  beforeAll(async () => {
    workshop = await UpdateWorkshop.open((_, made) => [
      `  - { name: state, image: '${made.image(name)}', command: [${command}] }`,
      `  - { name: data, image: '${made.image('state')}', command: [/bin/sh, -c, 'echo kept >/var/mark; cat /var/mark'] }`,
    ]);
    workshop.files = [`{ path: etc/version-key, contents: '${'0123456789abcdef'.repeat(4)}', mode: '0600' }`];
    disk = join(workshop.root, 'first.img');
    copyFileSync(await workshop.make('1', keyPair().publicKey), disk);
    truncateSync(disk, statSync(disk).size + GROWTH);
    const whole = join(workshop.root, 'whole.img');
    copyFileSync(disk, whole);
    let began = 0;
    await bootDisk(whole, BOOT_LIMIT, (console) => {
      if (began === 0 && console.includes('Welcome to')) began = performance.now();
      if (duration === undefined && console.includes(opened)) duration = performance.now() - began;
    });
    rmSync(whole);
  }, 900_000);
  afterAll(() => workshop?.close());

  test.each(Array.from({ length: CUTS }, (_, i) => (i + 0.5) / CUTS))(
    'a cut at %d of the first boot: the next one has the data on the whole disk',
    async (share) => {
      const machine = join(workshop.root, `cut-${share}.img`);
      copyFileSync(disk, machine);
      let cut = false;
      await bootDisk(machine, BOOT_LIMIT, (console, { pid }) => {
        if (cut || !console.includes('Welcome to')) return;
        cut = true;
        setTimeout(() => process.kill(pid, 'SIGKILL'), share * duration);
      });
      const after = await bootDisk(machine, BOOT_LIMIT);
      expect(after).toContain(opened);
      expect(after).toMatch(/^kept/m);
      expect(after).not.toMatch(/Kernel panic|state failed|is damaged|does not grow/);
      expect(after).toContain('reboot: Power down');
      const table = JSON.parse(execFileSync('/sbin/sfdisk', ['--json', machine], { encoding: 'utf8' }));
      const state = table.partitiontable.partitions.find((each: { name: string }) => each.name === 'state');
      expect(statSync(machine).size - (state.start + state.size) * SECTOR).toBeLessThan(2 << 20);
      expect(execFileSync('/sbin/sgdisk', ['-v', machine], { encoding: 'utf8' })).toContain(
        'No problems found',
      );
      rmSync(machine);
    },
  );
});
