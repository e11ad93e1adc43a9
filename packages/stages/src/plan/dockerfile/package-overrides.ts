/** What a command says about a package in place of its build.yml. */
export interface PackageOverrides {
  /** Organisation of the image. */
  readonly org?: string;
  /** Whether RUN has a network. */
  readonly network?: boolean;
  /** The Dockerfile, relative to the package's folder. */
  readonly dockerfile?: string;
  /** Values of ARG by name, which win over `buildArgs`. */
  readonly args?: Readonly<Record<string, string>>;
}

/** Tells apart the same package under different overrides; '' for none. */
export function overridesKey(overrides: PackageOverrides | undefined): string {
  return overrides === undefined ? '' : ` ${JSON.stringify(overrides)}`;
}
