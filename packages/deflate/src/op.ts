/**
 * One step of an edit of an input's uncompressed bytes. `insert` writes bytes; `keep` copies the input's bytes from
 * `start` up to, not including, `end`. Keeps must ascend and must not overlap; bytes outside of all keeps are dropped.
 */
export type Op = { readonly insert: Uint8Array } | { readonly keep: readonly [start: number, end: number] };
