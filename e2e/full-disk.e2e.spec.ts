import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe as explain, Fault } from '@nx-linuxkit/errors';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { PipelineSystem } from './pipeline/system.js';
import { WHOLE } from './sample.js';

/** Sizes of the disk, in KiB. A build of this system writes about 2 MiB, so that the sizes end at each of its files. */
const STEP = WHOLE ? 16 : 192;
const SIZES = Array.from({ length: Math.floor(3_072 / STEP) }, (_, i) => 64 + i * STEP);

const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-full-'));
const disk = join(base, 'disk');
let right: Buffer;

beforeAll(async () => {
  layoutOf(
    await randomImage(1, {
      layers: [
        { files: 3, size: 100_000 },
        { files: 3, size: 100_000 },
      ],
    }),
    join(base, 'image'),
  );
  const system = new PipelineSystem(join(base, 'healthy'), 'oci:../image');
  await system.build();
  right = system.tar()!;
  mkdirSync(disk);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const mount = (options: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
const remount = (options: string) => execFileSync('mount', ['-o', `remount,${options}`, disk]);
const unmount = () => execFileSync('umount', ['-l', disk]);

/** A failed build tells the user with one clear error, and leaves no system that is wrong, and no temporary file. */
function problemsOf(system: PipelineSystem, error: unknown, message: RegExp): string[] {
  const problems = system.temporary();
  const tar = system.tar();
  if (tar && !tar.equals(right)) problems.push('a wrong system');
  if (error !== undefined && !(error instanceof Fault)) problems.push(`a raw error: ${explain(error)}`);
  else if (error !== undefined && !message.test(explain(error)))
    problems.push(`another error: ${explain(error)}`);
  if (error === undefined && !tar) problems.push('success without a system');
  return problems;
}

it('a disk that is full at any write gives one clear error, and the next build with space is right', async () => {
  const problems: string[] = [];
  let failed = 0;
  for (const size of SIZES) {
    mount(`size=${size}k`);
    try {
      const system = new PipelineSystem(disk, 'oci:../image');
      const error = await system.failure();
      if (error !== undefined) failed++;
      problems.push(
        ...problemsOf(system, error, /disk is full|no space left/).map((what) => `${size} KiB: ${what}`),
      );
      remount('size=64m');
      const again = await system.failure();
      if (again !== undefined) problems.push(`${size} KiB: the next build fails: ${explain(again)}`);
      else if (!system.tar()?.equals(right)) problems.push(`${size} KiB: the next build is wrong`);
    } finally {
      unmount();
    }
  }
  expect(problems).toEqual([]);
  expect(failed).toBeGreaterThan(SIZES.length / 4);
}, 600_000);

it('a disk that is read-only from the start, or after a build, gives one clear error', async () => {
  mount('size=64m');
  try {
    const system = new PipelineSystem(disk, 'oci:../image');
    remount('ro');
    expect(problemsOf(system, await system.failure(), /read-only|no permission to write/)).toEqual([]);
    remount('rw');
    await system.build();
    system.remove('dist', '.linuxkit');
    remount('ro');
    const error = await system.failure();
    expect(error).toBeDefined();
    expect(problemsOf(system, error, /read-only|no permission to write/)).toEqual([]);
  } finally {
    unmount();
  }
});
