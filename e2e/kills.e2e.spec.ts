import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { random } from './fuzz/random.js';
import { PipelineSystem } from './pipeline/system.js';
import { WHOLE } from './sample.js';

const KILLS = WHOLE ? 200 : 8;
const BUILD = join(__dirname, 'pipeline', 'build.cjs');

let system: PipelineSystem;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-kills-'));
  // Some megabytes, so that a kill meets a write as often as the start of the program.
  const layers = [1, 2, 3].map(() => ({ files: 20, size: 200_000 }));
  layoutOf(await randomImage(1, { layers }), join(folder, 'image'));
  system = new PipelineSystem(folder, 'oci:image');
});
afterAll(() => rmSync(system.folder, { recursive: true, force: true }));

/** Starts a build in a process of its own, and kills it after some milliseconds unless it has ended by then. */
async function buildAndKill(after: number): Promise<boolean> {
  const build = spawn(process.execPath, [BUILD, system.folder], { stdio: 'ignore' });
  const exit = once(build, 'exit');
  const killer = new AbortController();
  void sleep(after, undefined, killer).then(
    () => build.kill('SIGKILL'),
    () => undefined,
  );
  const [, signal] = await exit;
  killer.abort();
  return signal === 'SIGKILL';
}

it(`${KILLS} builds killed at any time leave no wrong byte, and the next build is right`, async () => {
  await system.build();
  const right = system.tar()!;
  const next = random(KILLS);
  system.remove('store', '.linuxkit', 'dist');
  const started = performance.now();
  expect(await buildAndKill(600_000)).toBe(false);
  const whole = performance.now() - started;
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // What earlier builds have left is a part of the case.
    if (next(4) > 0) system.remove('dist');
    if (next(4) > 0) system.remove('.linuxkit');
    if (next(4) > 0) system.remove('store');
    if (await buildAndKill(next(Math.ceil(whole)))) killed++;
    const tar = system.tar();
    expect({ kill, wrong: tar !== undefined && !tar.equals(right) }).toEqual({ kill, wrong: false });
    await system.build();
    expect({ kill, right: system.tar()!.equals(right), left: system.temporary() }).toEqual({
      kill,
      right: true,
      left: [],
    });
  }
  expect(killed).toBeGreaterThan(KILLS / 2);
}, 900_000);
