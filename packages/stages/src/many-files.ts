import { setFlagsFromString } from 'node:v8';

/** Bytes of an index that has some 40,000 files. */
const MANY = 4 << 20;
/** V8 collects garbage when the heap is this much larger than what was in use before, in percent. Its default is up to 300. */
const GROWTH = 30;

let isSet = false;

/**
 * Has V8 keep less garbage from here on, if an index is that of many files: trees of these come and go, and what is in use of
 * them is a fourth of what V8 would hold. It takes a tenth more of processor time, so smaller images do without.
 */
export function boundGarbage(indexBytes: number): void {
  if (isSet || indexBytes < MANY) return;
  isSet = true;
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
