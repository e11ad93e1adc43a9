/** Names that fit on a screen; the rest is counted. */
const LISTED = 8;

/**
 * What the initrd cannot hold: the kernel's cpio format has no extended attributes. Only file capabilities
 * change how a system runs. Undefined when no file has any.
 */
export function lostCapabilities(name: string, paths: readonly string[]): string | undefined {
  if (paths.length === 0) return undefined;
  const more = paths.length > LISTED ? ` and ${paths.length - LISTED} more` : '';
  return (
    `warning: ${name}: an initrd has no file capabilities, so these programs lose theirs: ` +
    `${paths.slice(0, LISTED).join(', ')}${more}. ` +
    'Start them with the capabilities that they need, or use a format with a root file system.'
  );
}
