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
/** Milliseconds that a build takes at least, with the start of Node. */
const SHORTEST = 200;
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

/**
 * Starts a build in a process of its own, and kills it after some milliseconds. Gives how many it took if it has ended by
 * itself before.
 */
async function buildAndKill(after: number): Promise<number | undefined> {
  const started = performance.now();
  const build = spawn(process.execPath, [BUILD, system.folder], { stdio: 'ignore' });
  const exit = once(build, 'exit');
  const killer = new AbortController();
  void sleep(after, undefined, killer).then(
    () => build.kill('SIGKILL'),
    () => undefined,
  );
  const [, signal] = await exit;
  killer.abort();
  return signal === 'SIGKILL' ? undefined : performance.now() - started;
}

it(`${KILLS} builds killed at any time leave no wrong byte, and the next build is right`, async () => {
  await system.build();
  const right = system.tar()!;
  const next = random(KILLS);
  system.remove('store', '.linuxkit', 'dist');
  let whole = (await buildAndKill(600_000)) as number;
  let killed = 0;
  for (let kill = 0; killed < KILLS; kill++) {
    // What earlier builds have left is a part of the case.
    if (next(4) > 0) system.remove('dist');
    if (next(4) > 0) system.remove('.linuxkit');
    if (next(4) > 0) system.remove('store');
    const took = await buildAndKill(next(Math.ceil(whole)));
    if (took === undefined) killed++;
    // A machine that is less busy than before needs less time, and kills would come too late.
    else whole = Math.max((whole + took) / 2, SHORTEST);
    const tar = system.tar();
    expect({ kill, wrong: tar !== undefined && !tar.equals(right) }).toEqual({ kill, wrong: false });
    await system.build();
    expect({ kill, right: system.tar()!.equals(right), left: system.temporary() }).toEqual({
      kill,
      right: true,
      left: [],
    });
  }
}, 900_000);
