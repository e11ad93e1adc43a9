import type { LinuxkitYml } from '../linuxkit-yml.js';
import type { DocumentPath } from '../model.js';
import { formatPath, throwProblems, type Problem } from '../problem.js';
import type { OsDocument } from './documents.js';

/** The lists whose entries may change inherited ones. */
export type PatchedSection = 'volumes' | 'onboot' | 'onshutdown' | 'services' | 'files';

/** An entry of one of these lists. */
export type Entry<Key extends PatchedSection> = NonNullable<LinuxkitYml[Key]>[number];

/** An item of a merged list, with the document and the path that it is written at. */
export interface Placed<Item> {
  readonly item: Item;
  readonly document: OsDocument;
  readonly path: DocumentPath;
}

/**
 * Joins a list of all documents. An entry with `$patch` is about the entry of an earlier document that has its `id`:
 * `replace` takes its place, `delete` removes it, in kustomize's words. Throws `SpecError` `unknown-name` where there is
 * no such entry, and `bad-value` where there are several.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#patch-strategic-merge.
 */
export function joinPatched<Key extends PatchedSection>(
  documents: readonly OsDocument[],
  section: Key,
  id: 'name' | 'path',
): Placed<Entry<Key>>[] {
  const problems: Problem[] = [];
  let all: Placed<Entry<Key>>[] = [];
  for (const document of documents) {
    const inherited = [...all];
    for (const [index, entry] of (document.value[section] ?? []).entries()) {
      const { $patch, ...item } = entry as Entry<Key>;
      const own = { item: item as Entry<Key>, document, path: [section, index] };
      if ($patch === undefined) {
        all.push(own);
        continue;
      }
      const targets = inherited.filter(
        (target) => idOf(target, id) === idOf(own, id) && all.includes(target),
      );
      if (targets.length === 1) {
        all = all.flatMap((known) => (known !== targets[0] ? [known] : $patch === 'replace' ? [own] : []));
      } else problems.push(problemOf(own, id, inherited, targets.length));
    }
  }
  throwProblems(problems);
  return all;
}

function idOf<Key extends PatchedSection>({ item }: Placed<Entry<Key>>, id: 'name' | 'path'): string {
  const text = (item as Partial<Record<'name' | 'path', string>>)[id] ?? '';
  return id === 'path' ? text.replace(/^\//, '') : text;
}

function problemOf<Key extends PatchedSection>(
  own: Placed<Entry<Key>>,
  id: 'name' | 'path',
  inherited: readonly Placed<Entry<Key>>[],
  found: number,
): Problem {
  const subject = `${formatPath(own.path)}: `;
  const where = own.document.where([...own.path, id]);
  const name = JSON.stringify(idOf(own, id));
  if (found > 1) {
    const message = `${subject}${found} inherited entries have the ${id} ${name}, so it is not clear which one is meant`;
    return { code: 'bad-value', message, where, hint: 'Give the inherited entries names of their own.' };
  }
  const known = inherited.map((target) => idOf(target, id)).join(', ') || 'none';
  const message = `${subject}no inherited entry has the ${id} ${name} (inherited: ${known})`;
  return { code: 'unknown-name', message, where, hint: 'Correct it, or remove $patch to add an entry.' };
}
