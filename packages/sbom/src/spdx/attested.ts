import { pick, type Element, type Shape } from './shape.js';
import { FILE, LICENSE, PACKAGE, RELATIONSHIP } from './shapes.js';

/** The SPDX document that somebody has attached to an image, as far as it is copied. */
export interface Attested {
  /** The digest of the statement that has it. */
  readonly digest: string;
  readonly created?: string;
  readonly packages: readonly Element[];
  readonly files: readonly Element[];
  readonly relationships: readonly Element[];
  readonly licenses: readonly Element[];
}

/** A document, or what is wrong with it as the end of a sentence. */
export type ReadAttested = { readonly document: Attested } | { readonly problem: string };

/** The element that stands for the document itself. */
export const DOCUMENT_ID = 'SPDXRef-DOCUMENT';

/** Where the document has each of its lists. */
const LISTS = {
  packages: ['packages', PACKAGE],
  files: ['files', FILE],
  relationships: ['relationships', RELATIONSHIP],
  licenses: ['hasExtractedLicensingInfos', LICENSE],
} as const satisfies Record<string, readonly [string, Shape]>;

/**
 * Reads an SPDX 2 document in JSON out of the predicate of a statement; `digest` is the statement's. A document with a
 * package, file or relationship that cannot be read has a problem, because leaving such a part out would look complete.
 */
export function readAttested(predicate: unknown, digest: string): ReadAttested {
  if (!isRecord(predicate)) return { problem: 'is no object' };
  const { spdxVersion, creationInfo } = predicate;
  if (typeof spdxVersion !== 'string' || !spdxVersion.startsWith('SPDX-2.'))
    return { problem: `has the version ${shown(spdxVersion)}, expected SPDX-2.3` };
  const lists: Partial<Record<keyof typeof LISTS, readonly Element[]>> = {};
  for (const [name, [member, shape]] of Object.entries(LISTS) as [keyof typeof LISTS, [string, Shape]][]) {
    const read = readList(predicate[member], member, shape);
    if ('problem' in read) return read;
    lists[name] = read.list;
  }
  const { created } = isRecord(creationInfo) ? creationInfo : {};
  const document = { digest, ...(typeof created === 'string' && { created }), ...lists } as Attested;
  return { document: { ...document, relationships: [...describedBy(predicate), ...document.relationships] } };
}

function readList(
  value: unknown,
  name: string,
  shape: Shape,
): { readonly list: Element[] } | { readonly problem: string } {
  // Go writes an empty list as null, or leaves it out.
  if (value === undefined || value === null) return { list: [] };
  if (!Array.isArray(value)) return { problem: `has ${name} that are no list` };
  const list: Element[] = [];
  for (const [i, item] of value.entries()) {
    const element = pick(item, shape);
    if (!element) return { problem: `has ${name}[${i}] without ${shape.required.join(', ')} of SPDX 2.3` };
    list.push(element);
  }
  return { list };
}

/** The older member for what a document is about, as relationships. */
function describedBy({ documentDescribes: ids }: Record<string, unknown>): Element[] {
  if (!Array.isArray(ids)) return [];
  return ids
    .filter((id) => typeof id === 'string')
    .map((id) => ({ spdxElementId: DOCUMENT_ID, relationshipType: 'DESCRIBES', relatedSpdxElement: id }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 40);
}
