import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBuild, type JsonSchema } from '@nx-linuxkit/spec';

/** The files that every package has. */
export const PACKAGE_FILES = ['build.yml', 'build.lock.json'] as const;

/** Architectures for which `${arch}` in a `source` may stand. */
const ARCHITECTURES = ['amd64', 'arm64'];

const source: JsonSchema = { type: 'object', properties: { source: { type: 'string' } } };

/** The keys of build.yml that name files of the package's folder. The stage `image` checks the whole document. */
const NAMES_SOURCES: JsonSchema = {
  type: 'object',
  properties: {
    contents: {
      type: 'object',
      properties: { files: { type: 'array', items: source }, applets: source },
    },
  },
};

interface Named {
  readonly contents?: {
    readonly files?: readonly { readonly source?: string }[];
    readonly applets?: { readonly source?: string };
  };
}

/** Sources by the text of their build.yml: inference reads the same packages for every `nx` command of a daemon. */
const known = new Map<string, readonly string[]>();

/** Texts to keep: more than the packages of a large workspace. */
const KEPT = 1000;

/**
 * The paths, relative to a package's folder, that its build.yml names as `source`. A build.yml that is missing or
 * cannot be read names none: the task that makes the image reports it.
 */
export function packageSources(folder: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(join(folder, PACKAGE_FILES[0]), 'utf8');
  } catch {
    return [];
  }
  const found = known.get(text) ?? sourcesOf(text);
  if (known.size >= KEPT) known.clear();
  known.set(text, found);
  return found;
}

/** What every text has that names a source; an escape may stand for a letter of the key. */
const MAY_NAME = /source|\\/;

function sourcesOf(text: string): readonly string[] {
  // Most packages name none, and parsing takes longer than all else that is asked of a package.
  if (!MAY_NAME.test(text)) return [];
  let contents: Named['contents'];
  try {
    ({ contents } = readBuild<Named>(PACKAGE_FILES[0], text, NAMES_SOURCES).value);
  } catch {
    return [];
  }
  const named = [...(contents?.files ?? []), contents?.applets].flatMap((entry) => entry?.source ?? []);
  return [...new Set(named.flatMap((path) => ARCHITECTURES.map((arch) => path.replaceAll('${arch}', arch))))];
}
