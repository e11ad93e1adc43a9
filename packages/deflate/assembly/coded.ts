// Reads the tokens of a block with Huffman codes, fixed or dynamic: RFC 1951, section 3.2.3.

import { BLOCK_END, EXCEPTION, LITERAL, SECOND_TABLE } from './codes';
import { markChanged, markUnchanged, matchSettled, setMatchStart } from './edits';
import { bitBuf, bitCount, bitOffset, inPtr, inputLast, overrun, readLimit, refill, setReader, takeBits } from './input';
import { event, leaveUnsettled, settled, settledPosition, unsettled, unsettledDistance } from './progress';
import { keeping, pushMatch, regionStart } from './regions';
import { BAD_DISTANCE, BAD_SYMBOL, NEED_INPUT, NEED_OP, OK, TRUNCATED } from './status';
import { DIST, DIST_BITS, LITLEN, LITLEN_BITS } from './tables';
import { matchToken, pushToken, setTokens, tokenLimit, tokenPtr } from './tokens';
import { makeWay } from './waiting';
import { addressOf, positionOf, setWindow, WINDOW_LIMIT, winPtr } from './window';

/** More than the number of literals that one turn of the fast loop reads, so that the loop never crosses a limit. */
const MARGIN: usize = 4;

/** Position in the plain input at which the member begins: no match may reach before it. */
let memberStart: u64 = 0;

export function setMemberStart(position: u64): void {
  memberStart = position;
}

export function runCoded(): i32 {
  while (true) {
    if (unsettled > 0) {
      const status = settle();
      if (status != OK) return status;
    }
    const way = makeWay();
    if (way != OK) return way;
    if (keeping) markUnchanged(bitOffset());
    else markChanged();
    if (settledPosition() != event) {
      const status = fastTokens();
      if (status != OK) return status;
      if (unsettled > 0 || tokenPtr >= tokenLimit() || winPtr >= WINDOW_LIMIT) continue;
    }
    if (inPtr > readLimit()) {
      if (!inputLast) return NEED_INPUT;
      if (overrun()) return TRUNCATED;
    }
    const status = oneToken();
    if (status == ENDED) return OK;
    if (status != OK) return status;
  }
}

const ENDED: i32 = -1;

/**
 * Reads many tokens, as long as the ends of input, window, plan step and token buffer are all far away. Stops before
 * the end of the block, and after a match that crosses into the plan's next step or copies from another region.
 */
function fastTokens(): i32 {
  const inLimit = readLimit();
  const eventPtr = addressOf(event);
  const winLimit = min(WINDOW_LIMIT, eventPtr) - MARGIN;
  const limit = tokenLimit() - MARGIN * 4;
  const memberPtr = addressOf(memberStart);
  const low = keeping ? max(memberPtr, addressOf(regionStart)) : memberPtr;
  // Dropped bytes are decoded in the same way, but each token overwrites the one before.
  const step: usize = keeping ? 4 : 0;
  const litlenMask: u64 = (1 << LITLEN_BITS) - 1;
  const distMask: u64 = (1 << DIST_BITS) - 1;
  let ptr = inPtr;
  let buf = bitBuf;
  let count = bitCount;
  let win = winPtr;
  let tok = tokenPtr;
  let status = OK;

  while (ptr <= inLimit && win < winLimit && tok < limit) {
    buf |= load<u64>(ptr) << count;
    ptr += (63 - count) >> 3;
    count |= 56;
    let entry = load<u32>(LITLEN + (((buf & litlenMask) as usize) << 2));
    if (entry & LITERAL) {
      buf >>= entry & 0xff;
      count -= entry & 0xff;
      store<u8>(win++, (entry >> 16) as u8);
      store<u32>(tok, (entry >> 16) & 0xff);
      tok += step;
      entry = load<u32>(LITLEN + (((buf & litlenMask) as usize) << 2));
      if (entry & LITERAL) {
        buf >>= entry & 0xff;
        count -= entry & 0xff;
        store<u8>(win++, (entry >> 16) as u8);
        store<u32>(tok, (entry >> 16) & 0xff);
        tok += step;
        entry = load<u32>(LITLEN + (((buf & litlenMask) as usize) << 2));
        if (entry & LITERAL) {
          buf >>= entry & 0xff;
          count -= entry & 0xff;
          store<u8>(win++, (entry >> 16) as u8);
          store<u32>(tok, (entry >> 16) & 0xff);
          tok += step;
          continue;
        }
      }
      buf |= load<u64>(ptr) << count;
      ptr += (63 - count) >> 3;
      count |= 56;
    }
    const before = count;
    if (entry & EXCEPTION) {
      if (!(entry & SECOND_TABLE)) break;
      const second = load<u32>(
        LITLEN + ((((entry >> 16) as u64) + ((buf >> LITLEN_BITS) & (((1 as u64) << ((entry >> 8) & 15)) - 1))) << 2) as usize,
      );
      if (second & EXCEPTION) break;
      buf >>= LITLEN_BITS;
      count -= LITLEN_BITS;
      entry = second;
      if (entry & LITERAL) {
        buf >>= entry & 0xff;
        count -= entry & 0xff;
        store<u8>(win++, (entry >> 16) as u8);
        store<u32>(tok, (entry >> 16) & 0xff);
        tok += step;
        continue;
      }
    }
    let bits = entry & 0xff;
    const length = (entry >> 16) + (((buf & (((1 as u64) << bits) - 1)) >> ((entry >> 8) & 15)) as u32);
    buf >>= bits;
    count -= bits;
    entry = load<u32>(DIST + (((buf & distMask) as usize) << 2));
    if (entry & EXCEPTION) {
      if (!(entry & SECOND_TABLE)) {
        status = BAD_SYMBOL;
        break;
      }
      buf >>= DIST_BITS;
      count -= DIST_BITS;
      entry = load<u32>(DIST + (((entry >> 16) + ((buf as u32) & ((1 << ((entry >> 8) & 15)) - 1))) << 2));
      if (entry & EXCEPTION) {
        status = BAD_SYMBOL;
        break;
      }
    }
    bits = entry & 0xff;
    const distance = (entry >> 16) + (((buf & (((1 as u64) << bits) - 1)) >> ((entry >> 8) & 15)) as u32);
    buf >>= bits;
    count -= bits;
    const source = win - distance;
    if (source < low || win + length > eventPtr) {
      setReader(ptr, buf, count);
      setWindow(win);
      setTokens(tok);
      return crossing(length, distance, memberPtr, bitOffset() + count - before);
    }
    store<u32>(tok, matchToken(length, distance));
    tok += step;
    copyMatch(win, distance, length);
    win += length;
  }
  setReader(ptr, buf, count);
  setWindow(win);
  setTokens(tok);
  return status;
}

/** Copies the bytes of a match whose tokens `settle` must make piece by piece. */
function crossing(length: u32, distance: u32, memberPtr: usize, start: u32): i32 {
  if (winPtr - distance < memberPtr) return overrun() ? TRUNCATED : BAD_DISTANCE;
  copyMatch(winPtr, distance, length);
  setWindow(winPtr + length);
  leaveUnsettled(length, distance);
  setMatchStart(start);
  return OK;
}

/** Copies a match by eight bytes where possible, and so writes up to 15 bytes behind its end. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, distance: u32, length: u32): void {
  let from = to - distance;
  const end = to + length;
  if (distance >= 8) {
    // Most matches have at most 16 bytes: two unconditional stores cost less than a branch that mispredicts.
    store<u64>(to, load<u64>(from));
    store<u64>(to, load<u64>(from, 8), 8);
    for (to += 16; to < end; to += 16) {
      from += 16;
      store<u64>(to, load<u64>(from));
      store<u64>(to, load<u64>(from, 8), 8);
    }
  } else if (distance == 1) {
    const eight: u64 = (load<u8>(from) as u64) * 0x0101010101010101;
    do {
      store<u64>(to, eight);
      to += 8;
    } while (to < end);
  } else {
    do {
      store<u8>(to++, load<u8>(from++));
    } while (to < end);
  }
}

/** Reads one token or the end of the block. Asks for the plan's next step only if a token follows. */
function oneToken(): i32 {
  const start = bitOffset();
  refill();
  let entry = load<u32>(LITLEN + (((bitBuf as u32) & ((1 << LITLEN_BITS) - 1)) << 2));
  if (entry & SECOND_TABLE && !(entry & LITERAL) && entry & EXCEPTION) {
    const mask: u32 = (1 << ((entry >> 8) & 15)) - 1;
    const second = load<u32>(LITLEN + (((entry >> 16) + (((bitBuf >> LITLEN_BITS) as u32) & mask)) << 2));
    if (!isBlockEnd(second) && settledPosition() == event) return NEED_OP;
    takeBits(LITLEN_BITS);
    entry = second;
  }
  if (isBlockEnd(entry)) {
    takeBits(entry & 0xff);
    markUnchanged(start);
    return ENDED;
  }
  if (settledPosition() == event) return NEED_OP;
  if (entry & LITERAL) {
    takeBits(entry & 0xff);
    store<u8>(winPtr, (entry >> 16) as u8);
    setWindow(winPtr + 1);
    if (keeping) pushToken((entry >> 16) & 0xff);
    return OK;
  }
  if (entry & EXCEPTION) return overrun() ? TRUNCATED : BAD_SYMBOL;
  const length = takeValue(entry);
  entry = load<u32>(DIST + (((bitBuf as u32) & ((1 << DIST_BITS) - 1)) << 2));
  if ((entry & EXCEPTION) != 0 && (entry & SECOND_TABLE) != 0) {
    takeBits(DIST_BITS);
    const mask: u32 = (1 << ((entry >> 8) & 15)) - 1;
    entry = load<u32>(DIST + (((entry >> 16) + ((bitBuf as u32) & mask)) << 2));
  }
  if (entry & EXCEPTION) return overrun() ? TRUNCATED : BAD_SYMBOL;
  return crossing(length, takeValue(entry), addressOf(memberStart), start);
}

// @ts-ignore: decorator
@inline
function isBlockEnd(entry: u32): bool {
  return (entry & (LITERAL | EXCEPTION | BLOCK_END)) == (EXCEPTION | BLOCK_END);
}

/** Reads a length or a distance: the entry's base plus its extra bits. */
function takeValue(entry: u32): u32 {
  return (entry >> 16) + (takeBits(entry & 0xff) >> ((entry >> 8) & 15));
}

/** Follows the plan over the bytes of the last match, and makes their tokens. */
function settle(): i32 {
  const whole = unsettled;
  while (unsettled > 0) {
    const from = winPtr - unsettled;
    const room = event - positionOf(from);
    if (room == 0) return NEED_OP;
    const piece = room < (unsettled as u64) ? (room as u32) : unsettled;
    // A part of a match is a new token in any case.
    if (!keeping || piece != whole) markChanged();
    if (keeping) pushMatch(from, piece, unsettledDistance);
    settled(piece);
  }
  matchSettled();
  return OK;
}
