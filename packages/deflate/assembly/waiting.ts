// Tokens that wait for more, to be written with them.

import { putBlock } from './block';
import { giveUpEdits } from './edits';
import { outputFull } from './output';
import { OK, OUTPUT_FULL, WINDOW_FULL } from './status';
import { beginBlockTokens, setTokens, tokenLimit, tokenPtr, TOKENS } from './tokens';
import { WINDOW_LIMIT, winPtr } from './window';

/** Writes what has come of the block, if no more fits. */
export function splitTokens(): void {
  if (tokenPtr < tokenLimit()) return;
  flushTokens();
  beginBlockTokens();
  giveUpEdits();
}

export function flushTokens(): void {
  if (tokenPtr > TOKENS) putBlock(TOKENS, tokenPtr);
  setTokens(TOKENS);
}

/** What must be done before the next token: OK, or what is wanted. */
export function makeWay(): i32 {
  splitTokens();
  if (outputFull()) return OUTPUT_FULL;
  return winPtr >= WINDOW_LIMIT ? WINDOW_FULL : OK;
}
