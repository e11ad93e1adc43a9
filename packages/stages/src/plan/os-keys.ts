import { SECTIONS, formatMetadata, type OsSpec } from '@nx-linuxkit/spec';
import { imageKey, type ImageNode } from './image-node.js';
import { keyOf } from './key.js';
import type { OsKeys, SbomPlan, SegmentNode } from './os-plan.js';
import { privilegesKey } from './privileges.js';
import { sbomKey } from './sbom-plan.js';
import { settingsKey, type Settings } from './settings.js';
import type { SignaturePlan } from './signature-plan.js';
import { trustedReferences } from './trust.js';

/**
 * The keys of a system's own stages. Each covers all that its stage reads from the YAML, the lock and the settings,
 * and nothing else, so that a comment changes no key and an `env` changes no segment. Files that stages read are not
 * covered, because Nx hashes them as inputs, except those that the check of signatures reads: no cached check may stand
 * for another key.
 */
export function osKeys(
  os: OsSpec,
  { name, platform }: { name: string; platform: string },
  nodes: readonly SegmentNode[],
  imageOf: (reference: string) => ImageNode,
  settings: Settings,
  signatures: SignaturePlan | undefined,
  sbomPlan: SbomPlan | undefined,
): OsKeys {
  const stanzas = SECTIONS.map((section) =>
    os[section].map((container) => [container, imageKey(imageOf(container.image))]),
  );
  const privileges = privilegesKey(settings);
  const ociConfig = keyOf([
    stanzas,
    os.volumes,
    platform,
    ...(privileges ? [privileges] : []),
    ...(os.imageStore ? [{ imageStore: os.imageStore }] : []),
  ]);
  const verify = keyOf([
    os.trust,
    trustedReferences(os).map((reference) => imageKey(imageOf(reference))),
    ...(signatures?.parts ?? []),
  ]);
  const sbom = sbomPlan && sbomKey(sbomPlan);
  const segments = nodes.map(({ image, plan, reference }) => [imageKey(image), plan, reference]);
  const metadata = os.files.some((file) => file.metadata) ? formatMetadata(os, 'json') : null;
  const kernel = os.kernel && { ...os.kernel, cmdline: undefined, written: undefined };
  const initramfs = keyOf([
    segments,
    ociConfig,
    os.files,
    os.volumes,
    kernel,
    metadata,
    settingsKey(settings),
    ...(sbom ? [sbom] : []),
  ]);
  const format = keyOf([
    initramfs,
    os.kernel?.cmdline ?? '',
    name,
    platform,
    settings.decompressKernel ?? false,
  ]);
  return { 'oci-config': ociConfig, verify, ...(sbom && { sbom }), initramfs, format };
}
