/** A typical mistake, and all that a person gets to read about it. */
export interface Mistake {
  /** What a person did. */
  readonly did: string;
  /** Files of the workspace, by path. The system is `os/linuxkit.yml`. */
  readonly files: Readonly<Record<string, string>>;
  /** Options of the plugin in nx.json. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  /** The target that is run. Default: `build`, or its first format. */
  readonly target?: string;
  /** The project that it belongs to. Default: `os`. */
  readonly project?: string;
  /** Options of the command line, as Nx has parsed them. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The lines: what, with what, where, and what to do. `<workspace>` stands for its folder. */
  readonly says: string;
}

export const FILE = 'os/linuxkit.yml';

/** A mistake in the YAML of a system. */
export function inYaml(did: string, yaml: string, says: string, more: Partial<Mistake> = {}): Mistake {
  return { did, files: { [FILE]: yaml, ...more.files }, says, ...withoutFiles(more) };
}

function withoutFiles({ files: _, ...more }: Partial<Mistake>): Partial<Mistake> {
  return more;
}
