import type { BlockIndexer } from './block-indexer.js';
import { WINDOW } from './block-index.js';
import { feedCore, giveCore, NEVER, Status, takeCore, type Core } from './core.js';
import { inputFault } from './faults.js';
import { MemberCheck } from './member-check.js';

/**
 * The plain bytes of a gzip stream, as large as the core's window at a time and all in the same memory, so that
 * reading one of any size allocates nothing: they are gone when the next are asked for. The input is verified as
 * `transcode` verifies it. `blocks` is told of each deflate block when its bytes have been read.
 */
export async function* inflate(
  gzip: AsyncIterable<Uint8Array>,
  blocks?: BlockIndexer,
): AsyncGenerator<Uint8Array> {
  const core = takeCore();
  const check = new MemberCheck(core);
  if (blocks) core.recordEnds();
  try {
    for await (const chunk of gzip) {
      for (let at = 0; at < chunk.length;) {
        at += feedCore(core, chunk, at);
        yield* read(core, check, blocks);
      }
    }
    core.ended();
    yield* read(core, check, blocks);
    core.finish();
  } finally {
    giveCore(core);
  }
}

/** Until all input that is there has been read. */
function* read(core: Core, check: MemberCheck, blocks?: BlockIndexer): Generator<Uint8Array> {
  for (;;) {
    const status = core.run();
    if (status > Status.endsFull) throw inputFault(status, core.offset());
    if (blocks) yield* readBlocks(core, check, blocks);
    const fresh = check.fresh();
    if (fresh) yield fresh;
    if (status === Status.needInput || status === Status.end) return;
    if (status === Status.needOp) core.drop(NEVER);
    else if (status === Status.memberEnd) {
      check.verify();
      blocks?.memberEnded();
    }
  }
}

/** The bytes up to the end of each block that has ended. */
function* readBlocks(core: Core, check: MemberCheck, blocks: BlockIndexer): Generator<Uint8Array> {
  const ends = new Float64Array(core.bytes.buffer, core.endsAt(), 3 * core.endsSize());
  for (let i = 0; i < ends.length; i += 3) {
    const [bits, position, copyable] = ends.subarray(i, i + 3);
    const fresh = check.fresh(position);
    if (fresh) yield fresh;
    blocks.add({ bits, position, crc: check.crc }, copyable === 1, () => check.before(position, WINDOW));
  }
  core.endsTaken();
}
