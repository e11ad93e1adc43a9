import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { RecordedRun, type Phase } from './ab/power-cuts.js';
import { expectWholeDisk } from './ab/whole-disk.js';
import { bootDisk, keyPair, UpdateWorkshop } from './ab/update-workshop.js';
import { WHOLE } from './sample.js';

/**
 * A machine whose power is cut at its first boot, while its partition for data grows and gets a file system, and while it
 * takes a new version. The next boot must come up by itself in a good version, with the data.
 */

/** Cuts of each phase. They are spread evenly over its writes. */
const CUTS = Number(process.env.POWER_CUTS ?? (WHOLE ? 100 : 2));
/** One cut in so many goes on to the new version; the others end once the machine is up, which takes a third of the time. */
const FINISHED = 10;
/** Seconds for all starts of one machine, each of which takes about 15 on an idle host. */
const BOOT_LIMIT = 500;
jest.setTimeout(2 * BOOT_LIMIT * 1000);

const MARK = 'DATA since version 1';
const PHASES: readonly Phase[] = [
  { name: 'growth', begins: 'Welcome to', ends: new RegExp(MARK) },
  // The trial of the new version belongs to it: the loader and `bless` rename its file.
  { name: 'update', begins: 'taking version 2', ends: /bless: os_2-[0-9a-f]{12}\.efi works/ },
];

/** What a machine says once it runs: that its version is a good one, or becomes one. */
const UP = /bless: (this version has no tries|os_2-[0-9a-f]{12}\.efi works)/;
/** What it says in the end, when it goes on to the new version. */
const FINISHED_BY = /os_2-[0-9a-f]{12} is what \S+:stable has[^]*reboot: Power down/;

let workshop: UpdateWorkshop;
let run: RecordedRun;
beforeAll(
  async () => {
    workshop = await UpdateWorkshop.open((version, made) => [
      `  - { name: state, image: '${made.image('state')}' }`,
      `  - { name: data, image: '${made.image('getty')}', binds: ['/var:/var'], command: [sh, -c, '[ -e /var/mark ] || { echo ${MARK.replace('1', version)} > /var/mark; sync; }; cat /var/mark'] }`,
      `  - { name: bless, image: '${made.image('bless')}', command: [/usr/bin/bless, -check, grep -qx ${version} /etc/version] }`,
      made.update('stable'),
    ]);
    const { publicKey, privateKey } = keyPair();
    const built = await workshop.make('1', publicKey);
    const kept = `${workshop.root}/built.img`;
    execFileSync('cp', ['--sparse=always', built, kept]);
    await workshop.make('2', publicKey);
    await workshop.push('stable', privateKey);
    run = await RecordedRun.of(workshop, kept, PHASES, BOOT_LIMIT);
  },
  2 * BOOT_LIMIT * 1000,
);
afterAll(() => workshop?.close());

const cuts = Array.from({ length: CUTS }, (_, index) => index);
describe.each(PHASES.map(({ name }) => name))('%s', (phase) => {
  test.each(cuts)(`cut %d of ${CUTS}: the next boot comes up with its data`, async (index) => {
    const cut = run.cut(phase, index, CUTS);
    const disk = run.disk(cut);
    const isFinished = index % FINISHED === FINISHED - 1;
    const console = await bootDisk(disk, BOOT_LIMIT, (text, machine) => {
      if (UP.test(text) && !isFinished) void machine.stop();
    });
    const about = `write ${cut.count} of ${run.length(phase)}, losing ${cut.loss}:\n${console}`;
    expect(about).toContain(MARK);
    expect(about).not.toMatch(/Kernel panic|DATA since version 2|state failed|is damaged|does not grow/);
    expect(about).toMatch(isFinished ? FINISHED_BY : UP);
    expectWholeDisk(disk);
    rmSync(disk);
  });
});
