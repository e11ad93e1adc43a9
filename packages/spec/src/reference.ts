/** LinuxKit's expansion of references: a missing host is docker.io, a missing organisation library. No tag is added. */
export function expandReference(reference: string): string {
  const [first, ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  const isHost = first === 'localhost' || /[.:]/.test(first);
  return rest.length > 1 || isHost ? reference : `docker.io/${reference}`;
}
