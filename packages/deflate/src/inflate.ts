import { feedCore, giveCore, NEVER, Status, takeCore, type Core } from './core.js';
import { inputFault } from './faults.js';
import { MemberCheck } from './member-check.js';

/**
 * The plain bytes of a gzip stream, as large as the core's window at a time and all in the same memory, so that
 * reading one of any size allocates nothing: they are gone when the next are asked for. The input is verified as
 * `transcode` verifies it.
 */
export async function* inflate(gzip: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const core = takeCore();
  const check = new MemberCheck(core);
  try {
    for await (const chunk of gzip) {
      for (let at = 0; at < chunk.length;) {
        at += feedCore(core, chunk, at);
        yield* read(core, check);
      }
    }
    core.ended();
    yield* read(core, check);
    core.finish();
  } finally {
    giveCore(core);
  }
}

/** Until all input that is there has been read. */
function* read(core: Core, check: MemberCheck): Generator<Uint8Array> {
  for (;;) {
    const status = core.run();
    const fresh = check.fresh();
    if (status > Status.end) throw inputFault(status, core.offset());
    if (fresh) yield fresh;
    if (status === Status.needInput || status === Status.end) return;
    if (status === Status.needOp) core.drop(NEVER);
    else if (status === Status.memberEnd) check.verify();
  }
}
