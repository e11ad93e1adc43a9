// The same YAML by LinuxKit itself, from the same registry, when it is installed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median } from './measure.mjs';

/** Undefined where there is no `linuxkit` on PATH. */
export async function linuxkitBuild(base, { yaml, registry }, runs) {
  const version = linuxkit('version')?.split('\n')[0];
  if (!version) return undefined;
  const folder = join(base, 'linuxkit');
  const cache = join(folder, 'cache');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'my-os.yml'), yaml);
  const build = ['build', ...mirror(registry.host), '--format', 'kernel+initrd'];
  const samples = { cold: [], warm: [] };
  for (let run = 0; run < runs; run += 1) {
    rmSync(cache, { recursive: true, force: true });
    for (const list of Object.values(samples)) {
      const result = await measure('linuxkit', [...build, '--dir', folder, '--cache', cache, 'my-os.yml'], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder },
      });
      if (result.code !== 0) throw new Error(`linuxkit build ended with ${result.code}:\n${result.output}`);
      list.push(result);
    }
  }
  const medians = (list) =>
    Object.fromEntries(['wall', 'cpu', 'rss'].map((key) => [key, median(list.map((one) => one[key]))]));
  return {
    version,
    cold: medians(samples.cold),
    warm: medians(samples.warm),
    initrd: statSync(join(folder, 'my-os-initrd.img')).size,
  };
}

/** LinuxKit 1.8.2 asks Docker Hub for what a registry without a mirror of its own has; those before 1.8 have no mirrors. */
function mirror(host) {
  return linuxkit('--help').includes('--mirror') ? ['--mirror', `${host}=http://${host}`] : [];
}

function linuxkit(...args) {
  try {
    return execFileSync('linuxkit', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
