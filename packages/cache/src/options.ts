import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CacheError } from './error.js';

/** A flag of the command line. */
interface Flag {
  /** What stands for its value in the help. Absent for a flag without one. */
  readonly value?: string;
  /** Whether it can be given several times. */
  readonly many?: boolean;
  /** The only command that takes it. */
  readonly of?: string;
  readonly text: string;
}

/** Everything that can be typed. */
export const FLAGS = {
  to: { value: 'URL', text: 'Stores here, and looks here first: oci://host/repository or file:///folder' },
  from: { value: 'URL', many: true, text: 'Looks here too; can be given several times' },
  key: {
    value: 'FILE',
    text: 'Signs what is stored with this private key; COSIGN_PASSWORD has its password',
  },
  'require-key': {
    value: 'FILE',
    many: true,
    text: 'Restores only what one of these public keys has signed',
  },
  finish: { value: 'SECONDS', text: 'Waits this long for uploads after the command; default: 300' },
  budget: { value: 'SECONDS', text: 'Waits this long altogether for a place that fails; default: 20' },
  'minimum-rate': {
    value: 'BYTES',
    text: 'Counts a place that is slower, in bytes a second, as failed; default: 250000',
  },
  spool: {
    value: 'FOLDER',
    text: 'Keeps here what is not stored yet; default: in the user’s folder for caches',
  },
  'spool-size': { value: 'MB', text: 'Keeps at most this much there; default: 8000' },
  insecure: { value: 'HOST', many: true, text: 'Speaks plain http to this host; loopback may' },
  'ca-file': { value: 'FILE', text: 'Trusts the certificate authorities in this PEM file too' },
  host: { value: 'ADDRESS', of: 'serve', text: 'listens here; default: 127.0.0.1' },
  port: { value: 'NUMBER', of: 'serve', text: 'listens on this port; default: 3636' },
  'older-than': { value: 'DAYS', of: 'gc', text: 'removes entries that were stored longer ago' },
  'larger-than': {
    value: 'MB',
    of: 'gc',
    text: 'removes the oldest entries until all packs together have at most this size',
  },
  help: { text: 'Prints this' },
} as const satisfies Readonly<Record<string, Flag>>;

type Name = keyof typeof FLAGS;
type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** The flags of a command line, read and checked. */
export class Options {
  private constructor(private readonly values: Values) {}

  /**
   * Reads the flags of a command. Throws `bad-flag` for one that does not exist, lacks its value, is no flag, belongs to
   * another command, or is there twice and can be there once.
   */
  static parse(args: readonly string[], command?: string): Options {
    const options = Object.fromEntries(
      Object.entries(FLAGS).map(([name, flag]) => [
        name,
        { type: 'value' in flag ? ('string' as const) : ('boolean' as const), multiple: true },
      ]),
    );
    const parse = () => {
      try {
        return parseArgs({ args: [...args], options, allowPositionals: false }).values;
      } catch (cause) {
        throw badFlag(messageOf(cause));
      }
    };
    const values = Object.entries(parse()).map(([name, given]) => {
      const { of, many }: Flag = FLAGS[name as Name];
      const all = given as (string | boolean)[];
      if (of !== undefined && of !== command) throw badFlag(`--${name} is a flag of ${of} alone`);
      if (!many && all.length > 1)
        throw badFlag(`--${name} is there ${all.length} times, and can be there once`);
      return [name, many ? all : all[0]];
    });
    return new Options(Object.fromEntries(values));
  }

  has(name: Name): boolean {
    return this.values[name] !== undefined;
  }

  text(name: Name): string | undefined {
    return this.values[name] as string | undefined;
  }

  list(name: Name): readonly string[] {
    return (this.values[name] ?? []) as string[];
  }

  /** A number of at least 0; throws `bad-flag` for anything else. */
  number(name: Name, fallback: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
    throw new CacheError('bad-flag', `--${name}: expected a number, got ${JSON.stringify(text)}`, {
      hint: `Write it as --${name} ${Number.isNaN(fallback) ? 30 : fallback}.`,
    });
  }
}

/** The folder for archives that are not stored yet. */
export function spoolFolder(options: Options, env: NodeJS.ProcessEnv): string {
  const caches =
    process.platform === 'win32'
      ? env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
      : process.platform === 'darwin'
        ? join(homedir(), 'Library', 'Caches')
        : env.XDG_CACHE_HOME?.startsWith('/')
          ? env.XDG_CACHE_HOME
          : join(homedir(), '.cache');
  return options.text('spool') ?? join(caches, 'nx-linuxkit-cache');
}

function badFlag(message: string): CacheError {
  return new CacheError('bad-flag', message, { hint: 'Run nx-linuxkit-cache --help for all flags.' });
}

/** Node's message, without its advice. */
function messageOf(cause: unknown): string {
  const [first] = (cause as Error).message.split(/\.\s/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}
