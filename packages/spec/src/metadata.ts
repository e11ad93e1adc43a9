import { compareBytes, formatJson } from './go-json.js';
import { withDefaults } from './metadata-defaults.js';
import type { Container } from './linuxkit-yml.js';
import type { OsSpec } from './model.js';
import { expandReference } from './reference.js';
import { orderKeys } from './schema/order.js';
import { linuxkitSchema } from './schema/schemas.js';
import { formatYaml } from './yaml/format.js';
import { compareNatural } from './yaml/natural-order.js';

/**
 * Writes the merged configuration, which an entry of `files` with `metadata` puts into the root file system. Keys
 * and their order are LinuxKit's. Nulls, which LinuxKit writes and cannot read, are left out, so `readOs` can read
 * the result. References of images are expanded, except those of volumes.
 */
export function formatMetadata(os: OsSpec, format: 'yaml' | 'json'): string {
  const document = mergedDocument(os, format);
  return format === 'json'
    ? formatJson(clean(document, compareBytes), '    ')
    : formatYaml(clean(document, compareNatural));
}

function mergedDocument(os: OsSpec, format: 'yaml' | 'json') {
  const expanded = <Entry extends { image: string }>(entry: Entry) => ({
    ...entry,
    image: expandReference(entry.image),
  });
  const container = (given: Container) => expanded(withDefaults(given, format));
  return {
    kernel: os.kernel ? expanded(givenKernel(os.kernel)) : { image: '' },
    init: os.init.map(expandReference),
    onboot: os.onboot.map(container),
    onshutdown: os.onshutdown.map(container),
    services: os.services.map(container),
    files: os.files.map((file) => ({
      ...file,
      directory: file.directory ?? false,
      optional: file.optional ?? false,
    })),
    volumes: os.volumes.map(({ name, image, readonly, format, platforms }) => ({
      name,
      image,
      readonly: readonly || undefined,
      format: format === 'filesystem' ? undefined : format,
      platforms,
    })),
  };
}

/** The kernel as the YAML gives it, without the defaults that `readOs` has added. */
function givenKernel({ image, cmdline, written }: NonNullable<OsSpec['kernel']>) {
  return { image, cmdline: cmdline || undefined, ...written };
}

/** Orders the keys of each section as the schema does, and drops keys that are undefined. */
function clean(
  document: ReturnType<typeof mergedDocument>,
  compare: (a: string, b: string) => number,
): Record<string, unknown> {
  const sections = Object.entries(document).map(([key, value]) => [
    key,
    orderKeys(value, linuxkitSchema.properties?.[key] ?? {}, linuxkitSchema, compare),
  ]);
  return Object.fromEntries(sections) as Record<string, unknown>;
}
