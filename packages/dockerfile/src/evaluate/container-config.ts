import { posix } from 'node:path';

/**
 * The part `config` of an image's config, which says how a container of it runs.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface ContainerConfig {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  Volumes?: Record<string, object>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  /** Docker's own, in Docker's form. */
  Healthcheck?: object;
  /** Docker's own: what runs the shell form of RUN, CMD and ENTRYPOINT. */
  Shell?: string[];
  /** Docker's own: instructions for what is built on the image. */
  OnBuild?: string[];
}

/** The keys in the order of the specification, so that equal configs have equal bytes. */
const KEYS = [
  ...(['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels'] as const),
  ...(['StopSignal', 'Healthcheck', 'Shell', 'OnBuild'] as const),
];

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_SHELL = ['/bin/sh', '-c'];

/**
 * The config that a stage begins with. `inherited` is that of its base; absent for `scratch`. Triggers are not inherited: they
 * run once.
 */
export function initialConfig(inherited: ContainerConfig | undefined): ContainerConfig {
  const config = Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = key === 'OnBuild' ? undefined : inherited?.[key];
      return value === undefined || value === null ? [] : [[key, structuredClone(value)]];
    }),
  ) as ContainerConfig;
  const hasPath = config.Env?.some((variable) => variable.startsWith('PATH='));
  return hasPath ? config : { ...config, Env: [...(config.Env ?? []), DEFAULT_PATH] };
}

/** The config as it is written: keys in order, names sorted, nothing that is empty. */
export function canonicalConfig(config: ContainerConfig): ContainerConfig {
  const entries = KEYS.flatMap((key) => {
    const value = config[key];
    return value === undefined || isEmpty(value) ? [] : [[key, isRecord(value) ? sorted(value) : value]];
  });
  return Object.fromEntries(entries) as ContainerConfig;
}

/** Sets a variable in place, as docker does: a variable that is there keeps its position. */
export function setVariable(config: ContainerConfig, name: string, value: string): void {
  const env = (config.Env ??= []);
  const at = env.findIndex((variable) => variable.startsWith(`${name}=`));
  if (at === -1) env.push(`${name}=${value}`);
  else env[at] = `${name}=${value}`;
}

/** The value of a variable. */
export function variableOf({ Env = [] }: ContainerConfig, name: string): string | undefined {
  return Env.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The words of a command: those of its JSON form, or else the shell that runs the line. */
export function commandOf(
  { Shell = DEFAULT_SHELL }: ContainerConfig,
  { json, text }: { readonly json?: readonly string[]; readonly text: string },
): string[] {
  return json ? [...json] : [...Shell, text];
}

/** An absolute path: relative ones start from the working directory. A slash at the end stays. */
export function absolutePath({ WorkingDir = '/' }: ContainerConfig, path: string): string {
  return posix.resolve('/', WorkingDir, path) + (/(?:^|\/)\.?$/.test(path) && path !== '' ? '/' : '');
}

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
