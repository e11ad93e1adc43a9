/**
 * Runs `make` at most once for each key and gives every caller the same promise. A promise that rejects is removed
 * from `known`, so that the next call tries again.
 */
export function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let promise = known.get(key);
  if (!promise) {
    promise = make();
    known.set(key, promise);
    promise.catch(() => known.delete(key));
  }
  return promise;
}
