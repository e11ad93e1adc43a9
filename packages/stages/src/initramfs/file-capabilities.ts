/** Names in one warning: as many as fit on a screen. The others are counted. */
const LISTED = 8;

/**
 * A warning about file capabilities, which an initrd cannot hold: the kernel's cpio format has no extended
 * attributes. Other attributes do not change how a system runs. Undefined when no program has file capabilities.
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
