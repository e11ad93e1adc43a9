// Writes the tokens that wait for more to make a block.

import { putBlock } from './block';
import { giveUpEdits } from './edits';
import { outputFull } from './output';
import { OK, OUTPUT_FULL, WINDOW_FULL } from './status';
import { beginBlockTokens, setTokens, tokenLimit, tokenPtr, TOKENS } from './tokens';
import { WINDOW_LIMIT, winPtr } from './window';

/** Writes the tokens so far, also of the current block, if no more fit. */
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

/** Makes room for the next token; returns OK, or what the caller must do first. */
export function makeWay(): i32 {
  splitTokens();
  if (outputFull()) return OUTPUT_FULL;
  return winPtr >= WINDOW_LIMIT ? WINDOW_FULL : OK;
}
