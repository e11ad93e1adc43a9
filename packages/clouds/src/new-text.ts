/** Characters by which the place is found where a console was read last. */
const OVERLAP = 200;

/** What a console shows that was not shown before. A platform keeps the last part of it alone, so that `now` may begin later. */
export function newText(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length);
  const end = before.slice(-OVERLAP);
  const at = now.lastIndexOf(end);
  return at < 0 ? now : now.slice(at + end.length);
}
