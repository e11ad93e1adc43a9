import { expandReference, type OsSpec } from '@nx-linuxkit/spec';

/**
 * Names the root that containers of one image share: the first of them brings it. Services whose images are in containerd's store share
 * no root with containers of other sections, which start before containerd.
 */
export function sharedRoot(
  { imageStore }: Pick<OsSpec, 'imageStore'>,
  section: string,
  reference: string,
): string {
  const expanded = expandReference(reference);
  return imageStore && section === 'services' ? `${imageStore} ${expanded}` : expanded;
}
