// Computes length-limited Huffman code lengths from the frequencies of symbols.

const MAX_SYMBOLS: u32 = 288;
/** Bits per pass of the radix sort. Two passes sort frequencies below 2^18, and a block has fewer tokens. */
const RADIX_BITS: u32 = 9;

// The used symbols sorted by frequency, as u32: frequency << 9 | symbol.
const SORTED: usize = memory.data(288 * 4, 16);
const SCRATCH: usize = memory.data(288 * 4, 16);
const BUCKETS: usize = memory.data(512 * 4, 16);
/** The inner nodes of the tree: each slot holds first a weight, then a parent, then a depth. */
const NODES: usize = memory.data(288 * 4, 16);
const DEPTHS: usize = memory.data(33 * 4, 16);

/**
 * Writes a code length of at most `limit` for each of `count` symbols, as a byte at `lengths`; their frequencies are the
 * u32 at `frequencies`. If fewer than two symbols are used, two get a code, because some decoders refuse an incomplete
 * code.
 */
export function codeLengths(frequencies: usize, count: u32, limit: u32, lengths: usize): void {
  memory.fill(lengths, 0, count);
  const used = sortUsed(frequencies, count);
  if (used < 2) {
    const only: u32 = used == 0 ? 0 : load<u32>(SORTED) & 511;
    store<u8>(lengths + only, 1);
    store<u8>(lengths + (only == 0 ? 1 : 0), 1);
    return;
  }
  buildTree(used);
  countDepths(used, limit);
  assignLengths(used, limit, lengths);
}

function sortUsed(frequencies: usize, count: u32): u32 {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const frequency = load<u32>(frequencies + (symbol << 2));
    if (frequency > 0) store<u32>(SCRATCH + (used++ << 2), (frequency << 9) | symbol);
  }
  radixPass(SCRATCH, SORTED, used, 9);
  radixPass(SORTED, SCRATCH, used, 9 + RADIX_BITS);
  memory.copy(SORTED, SCRATCH, used << 2);
  return used;
}

function radixPass(from: usize, to: usize, used: u32, shift: u32): void {
  const mask: u32 = (1 << RADIX_BITS) - 1;
  memory.fill(BUCKETS, 0, 512 * 4);
  for (let i: u32 = 0; i < used; i++) {
    const bucket = BUCKETS + (((load<u32>(from + (i << 2)) >> shift) & mask) << 2);
    store<u32>(bucket, load<u32>(bucket) + 1);
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i <= mask; i++) {
    const bucket = BUCKETS + (i << 2);
    const n = load<u32>(bucket);
    store<u32>(bucket, sum);
    sum += n;
  }
  for (let i: u32 = 0; i < used; i++) {
    const item = load<u32>(from + (i << 2));
    const bucket = BUCKETS + (((item >> shift) & mask) << 2);
    const place = load<u32>(bucket);
    store<u32>(bucket, place + 1);
    store<u32>(to + (place << 2), item);
  }
}

// @ts-ignore: decorator
@inline
function node(i: u32): u32 {
  return load<u32>(NODES + (i << 2));
}

// @ts-ignore: decorator
@inline
function setNode(i: u32, value: u32): void {
  store<u32>(NODES + (i << 2), value);
}

// @ts-ignore: decorator
@inline
function weight(leaf: u32): u32 {
  return load<u32>(SORTED + (leaf << 2)) >> 9;
}

/**
 * Builds the Huffman tree of `used` sorted leaves. Inner nodes are made in order of their weight, so two queues suffice
 * (van Leeuwen): the leaves, and the inner nodes without a parent. In the end, node i holds its parent; the last node
 * is the root.
 */
function buildTree(used: u32): void {
  let leaf: u32 = 0;
  let inner: u32 = 0;
  for (let next: u32 = 0; next < used - 1; next++) {
    let sum: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf < used && (inner == next || weight(leaf) <= node(inner))) {
        sum += weight(leaf++);
      } else {
        sum += node(inner);
        setNode(inner++, next);
      }
    }
    setNode(next, sum);
  }
}

/** Counts the leaves at each depth, with deeper ones counted at `limit`, and then repairs the code (Kraft's sum). */
function countDepths(used: u32, limit: u32): void {
  memory.fill(DEPTHS, 0, 33 * 4);
  const root = used - 2;
  setNode(root, 0);
  for (let i: u32 = root; i > 0; i--) setNode(i - 1, node(node(i - 1)) + 1);
  // The inner nodes of a depth have twice as many children; those that are not inner nodes are leaves.
  let depth: u32 = 0;
  let room: u32 = 1;
  let i: i32 = root;
  let excess: i32 = 0;
  while (room > 0) {
    let inner: u32 = 0;
    while (i >= 0 && node(i) == depth) {
      inner++;
      i--;
    }
    const at = DEPTHS + ((depth < limit ? depth : limit) << 2);
    store<u32>(at, load<u32>(at) + room - inner);
    room = inner << 1;
    depth++;
  }
  // Kraft's sum in units of the longest code; it must be 1 << limit.
  for (let length: u32 = 1; length <= limit; length++) {
    excess += load<u32>(DEPTHS + (length << 2)) << (limit - length);
  }
  excess -= 1 << limit;
  while (excess > 0) {
    // Lengthens one of the longest codes below the limit by a bit, and moves one code of the limit beside it.
    let length = limit - 1;
    while (load<u32>(DEPTHS + (length << 2)) == 0) length--;
    add(length, -1);
    add(length + 1, 2);
    add(limit, -1);
    excess--;
  }
}

// @ts-ignore: decorator
@inline
function add(depth: u32, n: i32): void {
  const at = DEPTHS + (depth << 2);
  store<i32>(at, load<i32>(at) + n);
}

/** Gives the longest codes to the rarest symbols. */
function assignLengths(used: u32, limit: u32, lengths: usize): void {
  let i: u32 = 0;
  for (let length = limit; length > 0; length--) {
    for (let n = load<u32>(DEPTHS + (length << 2)); n > 0; n--) {
      store<u8>(lengths + (load<u32>(SORTED + (i++ << 2)) & 511), length as u8);
    }
  }
}
