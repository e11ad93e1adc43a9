import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment, Settings } from '@nx-linuxkit/stages/standalone';
import { CommandError } from './error.js';
import type { FlagValues } from './flags/values.js';
import type { Surroundings } from './surroundings.js';

/** The cache of a call. */
export interface Cache {
  readonly environment: Environment;
  /** Folders of caches that LinuxKit wrote, whose images count as pulled: `linuxkit pkg build` puts its images there. */
  readonly layouts: readonly string[];
}

/** Opens the cache that flags and environment name, with the settings that they give. */
export async function openCache(
  values: FlagValues,
  around: Surroundings,
  more: Settings = {},
): Promise<Cache> {
  const { openStandalone } = await import('@nx-linuxkit/stages/standalone');
  const { folder, env } = around;
  const named = values.text('cache') ?? env.LINUXKIT_CACHE;
  const mirrors = mirrorsOf([...values.list('mirror'), ...words(env.LINUXKIT_MIRROR)]);
  const settings = { ...more, ...(mirrors && { mirrors }) };
  const environment = openStandalone({
    folder,
    store: named && resolve(folder, named),
    settings,
  });
  const caFile = await certificates(values.list('cert-file'), around, environment);
  const layouts = [environment.store.dir, join(homeOf(around), '.linuxkit/cache')].filter((layout) =>
    existsSync(join(layout, 'index.json')),
  );
  return { environment: { ...environment, settings: { ...settings, ...(caFile && { caFile }) } }, layouts };
}

function homeOf({ env }: Surroundings): string {
  return env.HOME || homedir();
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
}

/** `[registry=]URL`, as LinuxKit has it; without a registry the mirror is for all. */
function mirrorsOf(given: readonly string[]): Record<string, string[]> | undefined {
  if (given.length === 0) return undefined;
  const mirrors: Record<string, string[]> = {};
  for (const text of given) {
    const [, registry = '*', url] = /^(?:([^=/]+)=)?(https?:\/\/.+)$/.exec(text) ?? [];
    if (url === undefined) {
      throw new CommandError('bad-flag', `--mirror: expected [REGISTRY=]URL, got ${JSON.stringify(text)}`, {
        hint: 'The URL begins with http:// or https://, as in docker.io=http://localhost:5000.',
      });
    }
    (mirrors[registry] ??= []).push(url);
  }
  return mirrors;
}

/** One file with all certificates: the pipeline takes one. */
async function certificates(
  files: readonly string[],
  { folder }: Surroundings,
  { store }: Environment,
): Promise<string | undefined> {
  const paths = files.map((file) => resolve(folder, file));
  if (paths.length < 2) return paths[0];
  const all = `${await store.temp()}.pem`;
  for (const path of paths) await appendFile(all, `${await readFile(path, 'utf8')}\n`);
  return all;
}
