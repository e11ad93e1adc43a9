import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tree } from '@nx-linuxkit/tree';
import {
  layoutOf,
  randomImage,
  type LayerSpec,
  type TestEntry,
  type TestImage,
  type TestIndex,
} from '@nx-linuxkit/testing';
import {
  build,
  identify,
  openEnvironment,
  parseOsFile,
  type Environment,
  type OsFile,
  type Settings,
} from '../index.js';
import { treeOfInitrd, treeOfTar } from './archive-tree.js';

/** A workspace in a temporary folder, with images as OCI layouts: `test/<name>` in its YAMLs. */
export class TestWorkspace {
  readonly root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-stages-'));
  private readonly images: Record<string, string> = {};

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  write(file: string, bytes: string | Uint8Array): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), bytes);
  }

  addImage(name: string, image: TestImage | TestIndex): void {
    layoutOf(image, this.path('images', name));
    this.images[`test/${name}`] = `oci:images/${name}`;
  }

  /** An image of the given layers, each a list of entries. */
  async image(name: string, layers: readonly (readonly TestEntry[])[], config?: Record<string, unknown>) {
    const specs = layers.map((entries): LayerSpec => ({ entries }));
    const made = await randomImage(1, { layers: specs, config });
    this.addImage(name, made);
    return made;
  }

  /** Writes `<name>/linuxkit.yml`, builds it, and gives the lines of the log. */
  async build(
    name: string,
    yaml: string,
    formats: readonly string[],
    settings: Settings = {},
    platform?: string,
  ): Promise<string[]> {
    this.write(`${name}/linuxkit.yml`, yaml);
    return this.buildAgain(name, formats, settings, platform);
  }

  /** Builds the YAML that is there already. */
  async buildAgain(
    name: string,
    formats: readonly string[],
    settings: Settings = {},
    platform?: string,
  ): Promise<string[]> {
    const environment = this.environment(settings);
    const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name, {
      platform,
      firstPlatform: platform,
    });
    const lines: string[] = [];
    const request = { os, formats, frozen: false, lockCommand: `nx lock ${name}` };
    await build(environment, request, (line) => lines.push(line));
    return lines;
  }

  environment(settings: Settings = {}): Environment {
    const images = { ...this.images, ...settings.images };
    return openEnvironment(this.root, { store: 'store', ...settings, images });
  }

  output(name: string, format: string, file: string): string {
    return this.path('dist', name, format, file);
  }

  tar(name: string): Promise<Tree> {
    return treeOfTar(this.output(name, 'tar', `${name}.tar`));
  }

  initrd(name: string): ReturnType<typeof treeOfInitrd> {
    return treeOfInitrd(this.output(name, 'kernel+initrd', `${name}-initrd.img`));
  }
}

/** The layer of a kernel image: a kernel, a module tarball, and more files as given. */
export async function kernelLayer(
  tarOf: (entries: readonly TestEntry[]) => Promise<Buffer>,
  more: readonly TestEntry[] = [],
  modules: readonly TestEntry[] = [{ name: 'lib/modules/6/m.ko', body: 'module' }],
): Promise<TestEntry[]> {
  return [
    { name: 'kernel', body: 'the kernel', mode: 0o755 },
    { name: 'kernel.tar', body: await tarOf(modules) },
    ...more,
  ];
}
