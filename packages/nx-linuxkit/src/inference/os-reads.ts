import { planFormat, type OsPlan } from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import type { PackageWatch } from './watch/package-watch.js';

/** The files that a system and its formats read. */
export class OsReads {
  constructor(
    private readonly plan: OsPlan,
    readonly sources: SourceInputs,
    private readonly packages: PackageWatch,
  ) {}

  /** Why Nx cannot watch what these formats are made of. */
  unwatched(formats: readonly string[]): string | undefined {
    const loaders = formats.flatMap((format) => planFormat(this.plan, format).loaders);
    return this.sources.unwatched ?? this.packages.unwatched([...this.plan.images, ...loaders]);
  }
}
