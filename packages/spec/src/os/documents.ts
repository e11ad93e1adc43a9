import { dirname, isAbsolute, join, sep } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { LinuxkitYml } from '../linuxkit-yml.js';
import { throwProblems } from '../problem.js';
import { adapt } from '../schema/adapt.js';
import { linuxkitSchema } from '../schema/schemas.js';
import { violations } from '../schema/validate.js';
import { parseYaml, type YamlDocument } from '../yaml/document.js';
import { expandDocument, expandText } from './expand.js';
import { Variables, declaredNames, variantNames, type ValueSources } from './variables.js';

/** Returns the text of a file; throws if the file cannot be read. */
export type Load = (path: string) => string;

/**
 * Documents by what loaded them. A workspace asks for the variants of a file and then for each of them, and its files
 * extend the same bases, so a text is not parsed again while it stays the same.
 */
const parsedBy = new WeakMap<Load, Map<string, { readonly text: string; readonly document: YamlDocument }>>();

/** A document that the schema has accepted. */
export interface OsDocument extends YamlDocument {
  readonly value: LinuxkitYml & Record<string, unknown>;
}

/**
 * Reads the files and the files that they extend, each once, in the order of merging: a base precedes its user. A file
 * that declares variables has their values in place of its variables; any other file stays as it is written.
 */
export function readDocuments(files: readonly string[], load: Load, sources: ValueSources): OsDocument[] {
  const { merged, variables, found } = collectDocuments(files, load, sources);
  variables.check(merged);
  const read = new Map(found.map((document) => [document.file, expanded(document, variables, merged)]));
  for (const document of read.values()) throwProblems(violations(document, linuxkitSchema));
  return merged.map(({ file }) => read.get(file) as OsDocument);
}

/**
 * Lists the systems that the last file describes: its variants, in their order, and first the file by itself, which is
 * `undefined`. A file with variants is no system by itself if one of its variables has a value in variants only.
 */
export function listSystems(
  files: readonly string[],
  load: Load,
  sources: Omit<ValueSources, 'variant'>,
): (string | undefined)[] {
  const { merged, variables } = collectDocuments(files, load, sources);
  const main = merged[merged.length - 1];
  const variants = variantNames(main);
  const isSystem = merged.flatMap(declaredNames).every((name) => variables.value(name, merged) !== undefined);
  return variants.length === 0 || isSystem ? [undefined, ...variants] : variants;
}

function expanded(
  document: YamlDocument,
  variables: Variables,
  merged: readonly YamlDocument[],
): YamlDocument {
  const names = declaredNames(document);
  const plain =
    names.length === 0
      ? document
      : expandDocument(document, (name) =>
          names.includes(name) ? variables.value(name, merged) : undefined,
        );
  return plain.adapted((root) => adapt(root, linuxkitSchema));
}

interface Collected {
  /** In the order of merging. */
  readonly merged: readonly YamlDocument[];
  /** In the order of reading: a file precedes its bases, so that its own faults are reported first. */
  readonly found: readonly YamlDocument[];
  readonly variables: Variables;
}

function collectDocuments(files: readonly string[], load: Load, sources: ValueSources): Collected {
  const parsed = new Map<string, YamlDocument>();
  const found: YamlDocument[] = [];
  const merged: YamlDocument[] = [];
  const main = files[files.length - 1];
  const variables = new Variables(parse(main, { file: main }), sources);
  for (const file of files) collect(file, { file }, []);
  return { merged, found, variables };

  function parse(file: string, from: Where): YamlDocument {
    const document = parsed.get(file) ?? parseOnce(file, read(file, from, load), load);
    parsed.set(file, document);
    return document;
  }

  function collect(file: string, from: Where, users: readonly YamlDocument[]): void {
    const chain = users.map((user) => user.file);
    if (chain.includes(file)) {
      throw new SpecError('circular-extends', `${[...chain, file].join(' extends ')}`, {
        where: from,
        hint: 'Remove one of them from extends.',
      });
    }
    if (merged.some((document) => document.file === file)) return;
    const document = parse(file, from);
    found.push(document);
    const around = [...users, document];
    for (const { path, where } of basesOf(document, around, variables))
      collect(resolve(file, path), where, around);
    merged.push(document);
  }
}

function parseOnce(file: string, text: string, load: Load): YamlDocument {
  const before = parsedBy.get(load) ?? new Map();
  parsedBy.set(load, before);
  const known = before.get(file);
  if (known?.text === text) return known.document;
  const document = parseYaml(text, file);
  before.set(file, { text, document });
  return document;
}

/** Lists the files that a document extends. Their names take the values of this file and of those that extend it. */
function basesOf(
  document: YamlDocument,
  around: readonly YamlDocument[],
  variables: Variables,
): { path: string; where: Where }[] {
  const node = document.node(['extends']);
  if (node?.kind !== 'sequence') return [];
  const names = declaredNames(document);
  // The order of merging: a user follows its base.
  const merged = [...around].reverse();
  const valueOf = (name: string) => (names.includes(name) ? variables.value(name, merged) : undefined);
  return node.items.flatMap((item, index) => {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
    const path = names.length === 0 ? item.value : expandText(item.value, valueOf);
    return [{ path, where: document.where(['extends', index]) }];
  });
}

function read(file: string, from: Where, load: Load): string {
  try {
    return load(file);
  } catch (cause) {
    const folder = (cause as NodeJS.ErrnoException).code === 'EISDIR';
    const hint = folder
      ? `It is a folder: name the file in it, such as ${file.replace(/\/$/, '')}/linuxkit.yml.`
      : from.file === file
        ? 'Name a YAML file that is there and can be read.'
        : 'A path in extends is relative to the file that it stands in.';
    throw new SpecError('unreadable-file', `cannot read ${file}`, { where: from, cause, hint });
  }
}

/** Resolves the path of an extended file. The result has slashes on every host, so that names do not differ. */
function resolve(file: string, base: string): string {
  const path = isAbsolute(base) ? base : join(dirname(file), base);
  return path.split(sep).join('/');
}
