import { rmSync } from 'node:fs';
import { RecordedRun, type Phase } from './ab/power-cuts.js';
import { expectWholeDisk } from './ab/whole-disk.js';
import { bootDisk, keyPair, UpdateWorkshop } from './ab/update-workshop.js';

/** A power loss while the first boot encrypts the partition for data. The next boot must open it, or begin again, by itself. */

const CUTS = Number(process.env.POWER_CUTS ?? 24);
/** Seconds for one start, which takes about 15 on an idle host. */
const BOOT_LIMIT = 300;
jest.setTimeout(2 * BOOT_LIMIT * 1000);

const OPENED = 'state: /dev/mapper/state at /var';
const GROWTH: Phase = { name: 'growth', begins: 'Welcome to', ends: /^kept/m };

let workshop: UpdateWorkshop;
let run: RecordedRun;
beforeAll(async () => {
  workshop = await UpdateWorkshop.open((_, made) => [
    `  - { name: state, image: '${made.image('state-luks')}', command: [/usr/bin/state, -key, /etc/version-key] }`,
    `  - { name: data, image: '${made.image('state')}', command: [/bin/sh, -c, 'echo kept >/var/mark; sync; cat /var/mark'] }`,
  ]);
  workshop.files = [`{ path: etc/version-key, contents: '${'0123456789abcdef'.repeat(4)}', mode: '0600' }`];
  const built = await workshop.make('1', keyPair().publicKey);
  run = await RecordedRun.of(workshop, built, [GROWTH], BOOT_LIMIT);
}, 900_000);
afterAll(() => workshop?.close());

const cuts = Array.from({ length: CUTS }, (_, index) => index);
test.each(cuts)(
  `cut %d of ${CUTS}: the next boot has the encrypted data on the whole disk`,
  async (index) => {
    const cut = run.cut(GROWTH.name, index, CUTS);
    const disk = run.disk(cut);
    const console = await bootDisk(disk, BOOT_LIMIT);
    const about = `write ${cut.count}, losing ${cut.loss}:\n${console}`;
    expect(about).toContain(OPENED);
    expect(about).toMatch(/^kept/m);
    expect(about).not.toMatch(/Kernel panic|state failed|is damaged|does not grow/);
    expect(about).toContain('reboot: Power down');
    expectWholeDisk(disk);
    rmSync(disk);
  },
);
