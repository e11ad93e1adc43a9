import { WINDOW } from './block-index.js';
import type { BlockIndexer } from './block-indexer.js';
import { feedCore, FIRST_FAULT, giveCore, NEVER, Status, takeCore, type Core } from './core.js';
import { inputFault } from './faults.js';
import { MemberCheck } from './member-check.js';

/** Gets the next plain bytes; they are valid only until it returns. */
type Take = (bytes: Uint8Array) => void;

/**
 * Calls `take` with the plain bytes of a gzip stream (RFC 1952, one or more members), in pieces of about 128 KiB. All
 * pieces share one memory and are valid only until `take` returns, so that inflating a stream of any size allocates
 * nothing. `blocks` gets each deflate block once its bytes were taken.
 *
 * The stream is verified like that of `transcode`. Bytes that were taken before an error are worthless.
 *
 * @throws DeflateError `not-gzip`, `truncated`, `damaged`, `crc-mismatch` or `length-mismatch`, and whatever `take` throws.
 */
export async function inflate(
  gzip: AsyncIterable<Uint8Array>,
  take: Take,
  blocks?: BlockIndexer,
): Promise<void> {
  const core = takeCore();
  const check = new MemberCheck(core);
  if (blocks) core.recordEnds();
  try {
    for await (const chunk of gzip) {
      for (let at = 0; at < chunk.length;) {
        at += feedCore(core, chunk, at);
        read(core, check, take, blocks);
      }
    }
    core.ended();
    read(core, check, take, blocks);
    core.finish();
  } finally {
    giveCore(core);
  }
}

/** Reads all the input that the core has. */
function read(core: Core, check: MemberCheck, take: Take, blocks?: BlockIndexer): void {
  for (;;) {
    const status = core.run();
    if (status >= FIRST_FAULT) throw inputFault(status, core.offset());
    if (blocks) takeBlocks(core, check, take, blocks);
    takeFresh(check, take, core.position());
    if (status === Status.needInput || status === Status.end) return;
    if (status === Status.needOp) core.drop(NEVER);
    else if (status === Status.memberEnd) {
      check.verify();
      blocks?.memberEnded();
    }
  }
}

/** Takes the bytes up to the end of each block that has ended, and adds the block to the index. */
function takeBlocks(core: Core, check: MemberCheck, take: Take, blocks: BlockIndexer): void {
  const ends = new Float64Array(core.bytes.buffer, core.endsAt(), 3 * core.endsSize());
  for (let i = 0; i < ends.length; i += 3) {
    const position = ends[i + 1];
    takeFresh(check, take, position);
    const end = { bits: ends[i], position, crc: check.crc };
    blocks.add(end, ends[i + 2] === 1, () => check.before(position, WINDOW));
  }
  core.endsTaken();
}

function takeFresh(check: MemberCheck, take: Take, upTo: number): void {
  const fresh = check.fresh(upTo);
  if (fresh) take(fresh);
}
