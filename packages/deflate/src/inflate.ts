import { WINDOW } from './block-index.js';
import type { BlockIndexer } from './block-indexer.js';
import { FAULTS, feedCore, giveCore, NEVER, Status, takeCore, type Core } from './core.js';
import { inputFault } from './faults.js';
import { MemberCheck } from './member-check.js';

/** Is lent bytes: they are gone when it returns. */
type Take = (bytes: Uint8Array) => void;

/**
 * Lends the plain bytes of a gzip stream to `take`, as large as the core's window at a time and all in the same
 * memory, so that reading one of any size allocates nothing. The input is verified as `transcode` verifies it: what
 * was taken before an error is worth nothing. `blocks` is told of each deflate block when its bytes have been taken.
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

/** Until all input that is there has been read. */
function read(core: Core, check: MemberCheck, take: Take, blocks?: BlockIndexer): void {
  for (;;) {
    const status = core.run();
    if (status >= FAULTS) throw inputFault(status, core.offset());
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

/** The bytes up to the end of each block that has ended. */
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
