import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootDisk, keyPair, UpdateWorkshop } from './ab/update-workshop.js';

/**
 * A machine whose power is cut while it takes a new version: QEMU is killed, between the first byte of the free slot and
 * the start of the new version. The next boot must come up by itself, with the data, and end with the new version.
 */

const CUTS = Number(process.env.POWER_CUTS ?? 12);
/** Seconds for all starts of one machine, each of which takes about 15 on an idle host. */
const BOOT_LIMIT = 500;
jest.setTimeout(2 * BOOT_LIMIT * 1000);

let workshop: UpdateWorkshop;
let disk: string;
/** Milliseconds that an update takes here, from the first byte to the start of the new version. */
let duration: number;
const MARK = 'DATA since version 1';

beforeAll(
  async () => {
    workshop = await UpdateWorkshop.open((version, made) => [
      `  - { name: state, image: '${made.image('state')}' }`,
      `  - { name: data, image: '${made.image('getty')}', binds: ['/var:/var'], command: [sh, -c, '[ -e /var/mark ] || { echo ${MARK.replace('1', version)} > /var/mark; sync; }; cat /var/mark'] }`,
      `  - { name: bless, image: '${made.image('bless')}', command: [/usr/bin/bless, -check, grep -qx ${version} /etc/version] }`,
      made.update('stable'),
    ]);
    const { publicKey, privateKey } = keyPair();
    disk = join(workshop.root, 'first.img');
    copyFileSync(await workshop.make('1', publicKey), disk);
    await workshop.make('2', publicKey);
    await workshop.push('stable', privateKey);
    const whole = join(workshop.root, 'whole.img');
    copyFileSync(disk, whole);
    let began = 0;
    await bootDisk(whole, BOOT_LIMIT, (console) => {
      if (began === 0 && console.includes('taking version 2')) began = performance.now();
      if (duration === undefined && console.includes('version 2 has 3 tries'))
        duration = performance.now() - began;
    });
  },
  2 * BOOT_LIMIT * 1000,
);
afterAll(() => workshop?.close());

test.each(Array.from({ length: CUTS }, (_, i) => (i + 0.5) / CUTS))(
  'a cut at %d of an update: the next boot comes up, has the data, and ends with the new version',
  async (share) => {
    const machine = join(workshop.root, `cut-${share}.img`);
    copyFileSync(disk, machine);
    let cut = false;
    const before = await bootDisk(machine, BOOT_LIMIT, (console, { pid }) => {
      if (cut || !console.includes('taking version 2')) return;
      cut = true;
      setTimeout(() => process.kill(pid, 'SIGKILL'), share * duration);
    });
    expect(before).toContain(MARK);
    const after = await bootDisk(machine, BOOT_LIMIT);
    expect(after).toContain(MARK);
    expect(after).not.toMatch(/Kernel panic|DATA since version 2/);
    expect(after).toMatch(/os_2-[0-9a-f]{12} is what \S+:stable has/);
    expect(after).toContain('reboot: Power down');
  },
);
