import type { CycloneDx } from './document.js';

/** Writes a document as JSON, piece by piece, with a line for each image, package and dependency. */
export function* writeCycloneDx(document: CycloneDx): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(document)) {
    yield `${before}\n${JSON.stringify(name)}:`;
    before = ',';
    yield* Array.isArray(value) ? listOf(value) : [JSON.stringify(value)];
  }
  yield '\n}\n';
}

function* listOf(list: readonly unknown[]): Generator<string> {
  yield '[';
  for (const [i, item] of list.entries()) yield `${i === 0 ? '' : ','}\n${JSON.stringify(item)}`;
  yield '\n]';
}
