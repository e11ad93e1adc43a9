import { checkedKeeps, keepPastEnd } from './keeps.js';
import type { Op } from './op.js';

/**
 * Yields what `ops` make of plain bytes; the chunks are slices of the input's chunks. The input is always read to its
 * end, so that a source that verifies its digest there has done so.
 *
 * @throws DeflateError `bad-ops` or `keep-past-end`; bytes that were yielded before are worthless.
 */
export async function* rewrite(
  plain: AsyncIterable<Uint8Array>,
  ops: Iterable<Op>,
): AsyncGenerator<Uint8Array> {
  const steps = checkedKeeps(ops);
  let step = steps.next();
  let position = 0;
  for await (const chunk of plain) {
    const end = position + chunk.length;
    for (; !step.done; step = steps.next()) {
      if ('insert' in step.value) {
        if (step.value.insert.length > 0) yield step.value.insert;
        continue;
      }
      const [from, to] = step.value.keep;
      if (from < end && from < to) {
        yield chunk.subarray(Math.max(from, position) - position, Math.min(to, end) - position);
      }
      if (to > end) break;
    }
    position = end;
  }
  for (; !step.done; step = steps.next()) {
    if ('insert' in step.value) yield step.value.insert;
    else if (step.value.keep[1] > position) throw keepPastEnd(step.value.keep, position);
  }
}
