import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, identify, openEnvironment, parseOsFile, type Settings } from '@nx-linuxkit/stages';
import { smallYaml } from '../graph/system-yaml.js';

const YAML = 'apps/my-os/linuxkit.yml';
const TAR = 'dist/apps/my-os/tar/my-os.tar';

/**
 * A system of one image in a folder, which is built by the pipeline alone, without Nx: hundreds of builds with a fault
 * take seconds. Store and outputs lie in the folder.
 */
export class PipelineSystem {
  private readonly settings: Settings;

  /** `from` is what stands in for the image `test/init`, so that the system does not depend on a port. */
  constructor(
    readonly folder: string,
    from: string,
    settings: Settings = {},
  ) {
    this.settings = { store: 'store', images: { 'test/init': from }, ...settings };
    mkdirSync(join(folder, 'apps/my-os'), { recursive: true });
    writeFileSync(join(folder, YAML), smallYaml('test/init'));
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(this.settings));
  }

  /** Locks, if there is no lock, and builds. Throws what the pipeline throws. */
  async build(): Promise<void> {
    const environment = openEnvironment(this.folder, this.settings);
    const os = identify(parseOsFile(YAML)!, 'my-os');
    await build(environment, { os, formats: ['tar'], frozen: false, lockCommand: '' }, () => undefined);
  }

  /** Builds, and returns what the pipeline throws. */
  async failure(): Promise<unknown> {
    try {
      await this.build();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** The tar of the system; undefined where there is none. */
  tar(): Buffer | undefined {
    return existsSync(join(this.folder, TAR)) ? readFileSync(join(this.folder, TAR)) : undefined;
  }

  remove(...names: readonly ('store' | '.linuxkit' | 'dist')[]): void {
    for (const name of names) rmSync(join(this.folder, name), { recursive: true, force: true });
  }

  /** Lists temporary files of outputs. */
  temporary(): string[] {
    return ['.linuxkit', 'dist'].flatMap((name) => {
      const root = join(this.folder, name);
      if (!existsSync(root)) return [];
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
      return paths.filter((path) => path.includes('.tmp'));
    });
  }
}
