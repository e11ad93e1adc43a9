import { DUMP_SCHEMA, defineScalarTag, dump, NOT_RESOLVED } from 'js-yaml';
import { formatJson } from './go-json.js';
import type { OsSpec } from './model.js';
import { expandReference } from './reference.js';
import { orderKeys } from './schema/order.js';
import { linuxkitSchema } from './schema/schemas.js';
import { resolvePlain } from './yaml/scalar.js';

/**
 * The merged configuration, as `files[].metadata` puts it into the root file system: LinuxKit's keys in
 * LinuxKit's order, without the nulls of which LinuxKit's own dump is full, so that it can be read again.
 * References of images are expanded, except those of volumes.
 */
export function formatMetadata(os: OsSpec, format: 'yaml' | 'json'): string {
  const metadata = clean(mergedDocument(os));
  if (format === 'json') return formatJson(metadata, '    ');
  return dump(metadata, {
    schema: YAML,
    seqNoIndent: true,
    lineWidth: -1,
    quoteStyle: 'double',
    noRefs: true,
  });
}

function mergedDocument(os: OsSpec) {
  const expanded = <Entry extends { image: string }>(entry: Entry) => ({
    ...entry,
    image: expandReference(entry.image),
  });
  return {
    kernel: os.kernel ? expanded(givenKernel(os.kernel)) : { image: '' },
    init: os.init.map(expandReference),
    onboot: os.onboot.map(expanded),
    onshutdown: os.onshutdown.map(expanded),
    services: os.services.map(expanded),
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
function givenKernel({ image, cmdline, binary, tar, ucode }: NonNullable<OsSpec['kernel']>) {
  return {
    image,
    cmdline: cmdline || undefined,
    binary: binary === 'kernel' ? undefined : binary,
    tar: tar === 'kernel.tar' ? undefined : tar || 'none',
    ucode,
  };
}

/** Keys of the sections in the order of the schema, which is LinuxKit's; nothing that is undefined. */
function clean(document: ReturnType<typeof mergedDocument>): Record<string, unknown> {
  const sections = Object.entries(document).map(([key, value]) => [
    key,
    orderKeys(value, linuxkitSchema.properties?.[key] ?? {}, linuxkitSchema),
  ]);
  return Object.fromEntries(sections) as Record<string, unknown>;
}

/** js-yaml's schema for dumping, which knows no bigint. */
const YAML = DUMP_SCHEMA.withTags(
  defineScalarTag<number | bigint>('tag:yaml.org,2002:int', {
    implicit: true,
    resolve: (text) => {
      const value = resolvePlain(text);
      return typeof value === 'bigint' || Number.isInteger(value) ? (value as number | bigint) : NOT_RESOLVED;
    },
    identify: (value) => typeof value === 'bigint' || Number.isInteger(value),
  }),
);
