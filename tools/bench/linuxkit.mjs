// The same YAML by LinuxKit itself, from the same registry, when it is installed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median } from './measure.mjs';

export class LinuxKit {
  /** Undefined where there is no `linuxkit` on PATH. */
  static find(folder, workload, flags = []) {
    const version = linuxkit('version')?.split('\n')[0];
    return version && new LinuxKit(folder, version, workload, flags);
  }

  constructor(folder, version, { yaml, registry }, flags) {
    const samples = { cold: [], warm: [] };
    Object.assign(this, { folder, version, host: registry.host, flags, yaml, samples });
    mkdirSync(folder, { recursive: true });
  }

  /** With an empty cache, then with what it has pulled. */
  async sample() {
    const cold = await this.cold();
    this.samples.cold.push(cold);
    this.samples.warm.push(await this.build());
    return cold.wall;
  }

  cold() {
    rmSync(join(this.folder, 'cache'), { recursive: true, force: true });
    return this.build();
  }

  async build(yaml = this.yaml) {
    writeFileSync(join(this.folder, 'my-os.yml'), yaml);
    const output = ['--format', 'kernel+initrd', '--dir', this.folder];
    const args = [
      'build',
      ...this.flags,
      ...mirror(this.host),
      ...output,
      '--cache',
      join(this.folder, 'cache'),
      'my-os.yml',
    ];
    const env = { PATH: process.env.PATH, HOME: this.folder };
    const result = await measure('linuxkit', args, { cwd: this.folder, env });
    if (result.code !== 0) throw new Error(`linuxkit build ended with ${result.code}:\n${result.output}`);
    return result;
  }

  medians() {
    const of = (list) =>
      Object.fromEntries(['wall', 'cpu', 'rss'].map((key) => [key, median(list.map((one) => one[key]))]));
    const { version, samples } = this;
    const initrd = statSync(join(this.folder, 'my-os-initrd.img')).size;
    return { version, cold: of(samples.cold), warm: of(samples.warm), initrd };
  }
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
