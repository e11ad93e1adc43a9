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

  /** Why a result of these formats cannot stand for another run: Nx cannot watch what they are made of, or bytes differ. */
  unwatched(formats: readonly string[]): string | undefined {
    const loaders = formats.flatMap((format) => planFormat(this.plan, format).loaders);
    return (
      this.sources.unwatched ??
      this.packages.unwatched([...this.plan.images, ...loaders]) ??
      this.unrepeated(formats)
    );
  }

  private unrepeated(formats: readonly string[]): string | undefined {
    const differs = formats.some((format) => planFormat(this.plan, format).secureBoot?.repeats === false);
    return differs ? 'the signatures of secureBoot differ each time' : undefined;
  }
}
