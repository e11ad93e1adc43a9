/**
 * As many as keep libuv's pool (4 threads unless told otherwise) busy while the results are written. Bounds
 * memory; the results do not depend on it.
 */
const IN_FLIGHT = 16;

/** Maps with several calls under way; results come in the order of the items. */
export async function* mapOrdered<In, Out>(
  items: AsyncIterable<In>,
  map: (item: In) => Promise<Out>,
): AsyncIterable<Out> {
  const pending: Promise<Out>[] = [];
  for await (const item of items) {
    const result = map(item);
    // An earlier failure may end the loop before anyone awaits this one.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= IN_FLIGHT) yield await pending.shift()!;
  }
  for (const result of pending) yield await result;
}
