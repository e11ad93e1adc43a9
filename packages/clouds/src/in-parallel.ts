/**
 * Calls `act` for each item, with at most `limit` calls at one time. After a failure it takes no further item, waits for
 * the calls that run, and throws the first error.
 */
export async function inParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  for await (const item of items) {
    if (failed) break;
    const call: Promise<void> = act(item)
      .catch((error: unknown) => void (failed ??= { error }))
      .finally(() => running.delete(call));
    running.add(call);
    if (running.size >= limit) await Promise.race(running);
  }
  await Promise.all(running);
  if (failed) throw failed.error;
}
