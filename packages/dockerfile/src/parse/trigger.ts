/** Whether ONBUILD may have this text: one line, and not what begins a stage or another trigger. */
export function isTrigger(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    /^[a-z]+([ \t].*)?$/i.test(text) &&
    !/^(FROM|ONBUILD|MAINTAINER)\b/i.test(text)
  );
}
