import { SECTIONS, formatMetadata, type OsSpec } from '@nx-linuxkit/spec';
import { imageKey } from './image-node.js';
import { keyOf } from './key.js';
import type { ContainerNode, ImageNode, OsKeys } from './os-plan.js';
import { trustedReferences } from './trust.js';
import { settingsKey, type Settings } from './settings.js';

/**
 * The keys of an OS's own stages: all that each reads from the YAML, the lock and the settings, and nothing
 * else, so that a comment changes none and an `env` changes no segment. What stages read from files is not
 * here: Nx hashes it as an input.
 */
export function osKeys(
  os: OsSpec,
  { name, platform }: { name: string; platform: string },
  containers: readonly ContainerNode[],
  imageOf: (reference: string) => ImageNode,
  settings: Settings,
): OsKeys {
  const stanzas = SECTIONS.map((section) =>
    os[section].map((container) => [container, imageKey(imageOf(container.image))]),
  );
  const ociConfig = keyOf([stanzas, os.volumes, platform]);
  const verify = keyOf([os.trust, trustedReferences(os).map((reference) => imageKey(imageOf(reference)))]);
  const segments = containers.map(({ image, segment, reference }) => [imageKey(image), segment, reference]);
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
  ]);
  const format = keyOf([
    initramfs,
    os.kernel?.cmdline ?? '',
    name,
    platform,
    settings.decompressKernel ?? false,
  ]);
  return { ociConfig, verify, initramfs, format };
}
