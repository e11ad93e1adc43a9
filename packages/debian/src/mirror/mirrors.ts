import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutUser } from '@nx-linuxkit/oci/http';
import { DebianError } from '../errors.js';
import { isDebian, parseDeb822Sources, parseOneLine } from './apt-sources.js';

/** A mirror of Debian's archive. */
export interface Mirror {
  /** The base URL, with `dists/` and `pool/` below it, without a slash at its end. */
  readonly url: string;
  /** Where it was configured: an option, a variable, or a file. */
  readonly from: string;
}

/** Where mirrors are searched. */
export interface MirrorOptions {
  /** The plugin's option `debianMirror`, which takes precedence. */
  readonly mirror?: string;
  /** Environment variables; default: those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** The folder of apt's configuration; default: `/etc/apt`. */
  readonly aptFolder?: string;
}

const VARIABLE = 'NX_LINUXKIT_DEBIAN_MIRROR';

/**
 * Finds the mirrors, in the order in which they are tried: the one of the option, else the one of the environment
 * variable NX_LINUXKIT_DEBIAN_MIRROR, else those of apt's configuration. Throws `no-mirror`.
 */
export async function findMirrors(options: MirrorOptions = {}): Promise<Mirror[]> {
  if (options.mirror) return [checked(options.mirror, 'the debianMirror option')];
  const variable = (options.env ?? process.env)[VARIABLE];
  if (variable) return [checked(variable, VARIABLE)];
  const mirrors = await aptMirrors(options.aptFolder ?? '/etc/apt');
  if (mirrors.length > 0) return mirrors;
  throw new DebianError('no-mirror', 'no Debian mirror is configured', {
    hint: `Set the plugin option "debianMirror" or the environment variable ${VARIABLE} to the base URL of a Debian mirror, or add a Debian entry to /etc/apt/sources.list or /etc/apt/sources.list.d.`,
  });
}

function checked(url: string, from: string): Mirror {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new DebianError('no-mirror', `${from}: expected an http or https URL, got ${withoutUser(url)}`);
  }
  return { url: url.replace(/\/+$/, ''), from };
}

async function aptMirrors(folder: string): Promise<Mirror[]> {
  const parts = join(folder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const files = [join(folder, 'sources.list'), ...names.map((name) => join(parts, name))];
  const mirrors = new Map<string, Mirror>();
  for (const file of files) {
    const parse = file.endsWith('.sources')
      ? parseDeb822Sources
      : file.endsWith('.list')
        ? parseOneLine
        : undefined;
    const text = parse && (await readFile(file, 'utf8').catch(() => undefined));
    if (parse === undefined || text === undefined) continue;
    for (const source of parse(text).filter(isDebian)) {
      const mirror = checked(source.uri, file);
      if (!mirrors.has(mirror.url)) mirrors.set(mirror.url, mirror);
    }
  }
  return [...mirrors.values()];
}
