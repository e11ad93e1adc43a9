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
 * The merged configuration, as `files[].metadata` puts it into the root file system: LinuxKit's keys in
 * LinuxKit's order, without the nulls of which LinuxKit's own dump is full, so that it can be read again.
 * References of images are expanded, except those of volumes.
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

/** Without the defaults that reading has filled in. */
function givenKernel({ image, cmdline, written }: NonNullable<OsSpec['kernel']>) {
  return { image, cmdline: cmdline || undefined, ...written };
}

/** Keys of the sections in the order of the schema, which is LinuxKit's; nothing that is undefined. */
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
