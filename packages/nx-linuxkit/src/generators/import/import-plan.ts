import type { NxJsonConfiguration } from '@nx/devkit';
import { PLUGIN, registersPlugin, type PluginOptions } from '../../options.js';

/** What an import changes in nx.json, and what it tells. */
export class ImportPlan {
  private readonly done: string[] = [];
  private readonly left: string[] = [];
  private options: PluginOptions;

  /** `json` registers the plugin. */
  constructor(private readonly json: NxJsonConfiguration) {
    const entry = json.plugins?.find(registersPlugin);
    this.options =
      (typeof entry === 'object' ? (entry.options as PluginOptions | undefined) : undefined) ?? {};
  }

  /** Names a file in the option `include`. */
  include(file: string): void {
    const { include = [] } = this.options;
    if (!include.includes(file)) this.options = { ...this.options, include: [...include, file] };
  }

  /** Maps a reference or a prefix, unless the option `images` says something about it already. */
  map(reference: string, target: string): void {
    const { images = {} } = this.options;
    if (!Object.hasOwn(images, reference))
      this.options = { ...this.options, images: { ...images, [reference]: target } };
  }

  get images(): NonNullable<PluginOptions['images']> {
    return this.options.images ?? {};
  }

  /** Notes what was done. */
  did(line: string): void {
    this.done.push(line);
  }

  /** Notes what is left to a person. */
  leaves(line: string): void {
    this.left.push(line);
  }

  report(): string[] {
    const left = this.left.length === 0 ? [] : ['left to do:', ...this.left.map((line) => `- ${line}`)];
    return [...this.done, ...left];
  }

  /** nx.json with the options as they are now. */
  nxJson(): NxJsonConfiguration {
    const plugins = (this.json.plugins ?? []).map((entry) => {
      if (!registersPlugin(entry)) return entry;
      const rest = typeof entry === 'string' ? { plugin: PLUGIN } : entry;
      return { ...rest, options: this.options };
    });
    return { ...this.json, plugins };
  }
}
