// Writes a block in which little was changed: copies it bit for bit, and encodes the changes with the block's own codes.

import { distSymbol, lengthSymbol, putBlock, putBlockEnd, putTokens, takeCodes } from './block';
import { blockStart, bodyStart, copyUpTo, editCount, resumeAt, tokensFrom, tokensTo } from './edits';
import { IN } from './input';
import { putBits, putBitsOf } from './output';
import { distLength, litlenLength } from './tables';
import { MATCH, tokenDistance, tokenLength } from './tokens';

/**
 * Tokens that justify one restart. If the block has no codes for an edit, it is ended and begun anew behind the edit,
 * with tables of up to 90 bytes.
 */
const TOKENS_PER_RESTART: u32 = 4096;

/** Whether the block, which has `tokens` tokens, has codes for nearly all of its edits. */
export function codesSuffice(tokens: u32): bool {
  const edits = editCount();
  let restarts: u32 = 0;
  for (let i: u32 = 0; i < edits; i++) {
    if (!hasCodes(i) && ++restarts * TOKENS_PER_RESTART > tokens) return false;
  }
  return true;
}

function hasCodes(edit: u32): bool {
  const to = tokensTo(edit);
  for (let at = tokensFrom(edit); at < to; at += 4) if (!hasCode(load<u32>(at))) return false;
  return true;
}

function hasCode(token: u32): bool {
  if (!(token & MATCH)) return litlenLength(token) > 0;
  return litlenLength(lengthSymbol(tokenLength(token))) > 0 && distLength(distSymbol(tokenDistance(token))) > 0;
}

/** Writes the current block with its edits, up to bit `end` of the input, without the flag for the last block. */
export function putEdited(end: u32): void {
  putHeader();
  const edits = editCount();
  let from = bodyStart();
  for (let i: u32 = 0; i < edits; i++) {
    putBitsOf(IN, from, copyUpTo(i));
    from = resumeAt(i);
    if (hasCodes(i)) {
      putTokens(tokensFrom(i), tokensTo(i));
    } else {
      putBlockEnd();
      putBlock(tokensFrom(i), tokensTo(i));
      putHeader();
    }
  }
  putBitsOf(IN, from, end);
}

function putHeader(): void {
  takeCodes();
  putBits(0, 1);
  putBitsOf(IN, blockStart + 1, bodyStart());
}
