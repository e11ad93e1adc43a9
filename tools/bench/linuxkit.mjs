// The same YAML by LinuxKit itself, from the same registry, when it is installed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median } from './measure.mjs';

export async function linuxkitBuild(base, yaml, runs) {
  if (!installed()) return undefined;
  const folder = join(base, 'linuxkit');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'my-os.yml'), yaml);
  const build = [
    'build',
    '--format',
    'kernel+initrd',
    '--dir',
    folder,
    '--cache',
    join(folder, 'cache'),
    'my-os.yml',
  ];
  const [cold, warm] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
    for (const walls of [cold, warm]) {
      const { code, output, wall } = await measure('linuxkit', build, {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder },
      });
      if (code !== 0) return { error: output.slice(-500) };
      walls.push(wall);
    }
  }
  return { cold: median(cold), warm: median(warm) };
}

function installed() {
  try {
    execFileSync('linuxkit', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
