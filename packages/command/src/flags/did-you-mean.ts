/** A hint with the known word that is most like a mistyped one; undefined where none is. Loaded only for errors. */
export async function didYouMean(word: string, known: readonly string[]): Promise<string | undefined> {
  const { nearest } = await import('@nx-linuxkit/spec');
  const found = nearest(word, known);
  return found === undefined ? undefined : `Did you mean ${found}?`;
}
