import { dirname, isAbsolute, join, sep } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { LinuxkitYml } from '../linuxkit-yml.js';
import { throwProblems } from '../problem.js';
import { adapt } from '../schema/adapt.js';
import { linuxkitSchema } from '../schema/schemas.js';
import { violations } from '../schema/validate.js';
import { parseYaml, type YamlDocument } from '../yaml/document.js';

/** Returns the text of a file; throws if the file cannot be read. */
export type Load = (path: string) => string;

/** A document that the schema has accepted. */
export interface OsDocument extends YamlDocument {
  readonly value: LinuxkitYml & Record<string, unknown>;
}

/** Reads the files and the files that they extend, each once, in the order of merging: a base precedes its user. */
export function readDocuments(files: readonly string[], load: Load): OsDocument[] {
  const documents = new Map<string, OsDocument>();
  for (const file of files) collect(file, { file }, []);
  return [...documents.values()];

  function collect(file: string, from: Where, chain: readonly string[]): void {
    if (chain.includes(file)) {
      throw new SpecError('circular-extends', `${[...chain, file].join(' extends ')}`, {
        where: from,
        hint: 'Remove one of them from extends.',
      });
    }
    if (documents.has(file)) return;
    const document = readDocument(file, read(file, from, load));
    document.value.extends?.forEach((base, index) =>
      collect(resolve(file, base), document.where(['extends', index]), [...chain, file]),
    );
    documents.set(file, document);
  }
}

function read(file: string, from: Where, load: Load): string {
  try {
    return load(file);
  } catch (cause) {
    const hint =
      from.file === file ? undefined : 'A path in extends is relative to the file that it stands in.';
    throw new SpecError('unreadable-file', `cannot read ${file}`, { where: from, cause, hint });
  }
}

function readDocument(file: string, text: string): OsDocument {
  const document = parseYaml(text, file, (root) => adapt(root, linuxkitSchema));
  throwProblems(violations(document, linuxkitSchema));
  return document as OsDocument;
}

/** Resolves the path of an extended file. The result has slashes on every host, so that names do not differ. */
function resolve(file: string, base: string): string {
  const path = isAbsolute(base) ? base : join(dirname(file), base);
  return path.split(sep).join('/');
}
