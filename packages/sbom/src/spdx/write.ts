import type { SpdxDocument } from './document.js';

/** Writes a document as JSON, piece by piece, with a line for each package, file and relationship. */
export function* writeSpdx({ head, lists }: SpdxDocument): Generator<string> {
  yield JSON.stringify(head).slice(0, -1);
  for (const [name, list] of Object.entries(lists)) {
    if (list.length === 0) continue;
    yield `,\n${JSON.stringify(name)}:[`;
    for (const [i, element] of list.entries()) yield `${i === 0 ? '' : ','}\n${JSON.stringify(element)}`;
    yield '\n]';
  }
  yield '}\n';
}
