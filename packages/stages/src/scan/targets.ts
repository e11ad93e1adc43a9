import type { Component, ImageInventory, PlacedComponent } from '@nx-linuxkit/sbom';

/** A package as advisories name it. */
export interface ScanTarget extends PlacedComponent {
  /** The version that advisories speak of: that of the source package for distributions. */
  readonly version: string;
}

/** Ecosystems of OSV by the types of package URLs. */
const ECOSYSTEMS: ReadonlyMap<string, string> = new Map(
  Object.entries({ apk: 'Alpine', npm: 'npm', golang: 'Go', cargo: 'crates.io', pypi: 'PyPI' }),
);

/** The packages of a system by ecosystem and name, for a feed that is read once. */
export class ScanTargets {
  private readonly byName = new Map<string, ScanTarget[]>();
  /** Packages without a version, or of a kind that no feed is read for. */
  readonly passedOver: PlacedComponent[] = [];

  constructor(system: string, images: readonly ImageInventory[]) {
    for (const { image, components } of images)
      for (const component of components) this.add({ system, image, component });
  }

  /** The packages that an advisory about this name may be about. */
  named(ecosystem: string, name: string): readonly ScanTarget[] {
    return this.byName.get(keyOf(ecosystem, name)) ?? [];
  }

  private add(placed: PlacedComponent): void {
    const { component } = placed;
    const ecosystem = ecosystemOf(component);
    const { name, version } = sourceOf(component);
    if (ecosystem === undefined || version === undefined) return void this.passedOver.push(placed);
    const key = keyOf(ecosystem, name);
    const known = this.byName.get(key);
    const target = { ...placed, version };
    if (known) known.push(target);
    else this.byName.set(key, [target]);
  }
}

function ecosystemOf({ type, distribution }: Component): string | undefined {
  if (type !== 'deb') return ECOSYSTEMS.get(type ?? '');
  return distribution?.id === 'ubuntu' ? 'Ubuntu' : 'Debian';
}

/** Advisories of distributions name source packages. */
function sourceOf({ type, name, version, source }: Component): { name: string; version?: string } {
  const isOfDistribution = type === 'deb' || type === 'apk';
  if (!isOfDistribution || !source) return { name, ...(version !== undefined && { version }) };
  const of = source.version ?? version;
  return { name: source.name, ...(of !== undefined && { version: of }) };
}

/** PyPI takes names for the same that differ in case and in `-`, `_` and `.`. */
function keyOf(ecosystem: string, name: string): string {
  return `${ecosystem} ${ecosystem === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name}`;
}
