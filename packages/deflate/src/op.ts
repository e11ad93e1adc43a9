/**
 * One step of an edit, over the uncompressed bytes of an input: put bytes in, or keep the input's bytes from
 * `start` up to (not including) `end`. Keeps go forwards and do not overlap; what lies between them is dropped.
 */
export type Op = { readonly insert: Uint8Array } | { readonly keep: readonly [start: number, end: number] };
