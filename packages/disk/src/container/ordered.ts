/**
 * Calls at one time: enough to keep libuv's pool (4 threads by default) busy while results are written. It bounds the
 * memory; the results do not depend on it.
 */
const IN_FLIGHT = 16;

/** Maps the items with `inFlight` calls at one time; yields the results in the order of the items. */
export async function* mapOrdered<In, Out>(
  items: AsyncIterable<In>,
  map: (item: In) => Promise<Out>,
  inFlight = IN_FLIGHT,
): AsyncIterable<Out> {
  const pending: Promise<Out>[] = [];
  for await (const item of items) {
    const result = map(item);
    // Marks a failure as handled: an earlier failure may end the loop before this result is awaited.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= inFlight) yield await pending.shift()!;
  }
  for (const result of pending) yield await result;
}
