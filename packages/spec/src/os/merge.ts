import type { Where } from '@nx-linuxkit/errors';
import type { Kernel as KernelEntry, LinuxkitYml } from '../linuxkit-yml.js';
import { DEFAULT_PLATFORM, type DocumentPath, type Kernel, type OsSpec } from '../model.js';
import type { OsDocument } from './documents.js';
import { joinPatched, type Entry, type PatchedSection, type Placed } from './patch.js';
import { environmentNames, variantNames } from './variables.js';

/**
 * Merges documents as LinuxKit does: lists are joined in order, and a later field of the kernel replaces an earlier
 * one. An entry with `$patch` takes the place of an inherited one, or removes it. LinuxKit has no rule for the other keys. Here `trust` is joined too. The last file
 * that has `outputs`, `platforms` or `imageStore` decides.
 */
export function mergeDocuments(documents: readonly OsDocument[]): OsSpec {
  const origins = new Origins(documents);
  const join = <Item>(path: string[], items: (value: LinuxkitYml) => readonly Item[] | undefined) =>
    placed(joined(documents, path, items), origins, path);
  const patched = <Key extends PatchedSection>(section: Key, id: 'name' | 'path') =>
    placed(joinPatched(documents, section, id), origins, [section]) as Entry<Key>[];
  const imageStore = lastGiven(documents, origins, 'imageStore');
  return {
    kernel: mergeKernel(documents, origins),
    init: join(['init'], ({ init }) => init),
    volumes: patched('volumes', 'name').map((volume) => ({ ...VOLUME_DEFAULTS, ...volume })),
    onboot: patched('onboot', 'name'),
    onshutdown: patched('onshutdown', 'name'),
    services: patched('services', 'name'),
    files: patched('files', 'path').map((file) => ({ ...file, path: file.path ?? '' })),
    outputs: lastGiven(documents, origins, 'outputs') ?? [],
    trust: {
      image: join(['trust', 'image'], ({ trust }) => trust?.image),
      org: join(['trust', 'org'], ({ trust }) => trust?.org),
    },
    ...(imageStore && { imageStore }),
    platforms: lastGiven(documents, origins, 'platforms') ?? [DEFAULT_PLATFORM],
    variants: variantNames(documents[documents.length - 1]),
    environment: [...new Set(documents.flatMap(environmentNames))],
    documents: documents.map(({ file }) => file),
    where: (path) => origins.where(path),
  };
}

const VOLUME_DEFAULTS = { name: '', readonly: false, format: 'filesystem' } as const;

/** Remembers the document that each part of the merged document came from, and the path that it had there. */
class Origins {
  private readonly parts = new Map<string, { document: OsDocument; path: DocumentPath }>();

  constructor(private readonly documents: readonly OsDocument[]) {}

  set(part: DocumentPath, document: OsDocument, path: DocumentPath): void {
    this.parts.set(JSON.stringify(part), { document, path });
  }

  where(path: DocumentPath): Where {
    for (let length = path.length; length > 0; length--) {
      const origin = this.parts.get(JSON.stringify(path.slice(0, length)));
      if (origin) return origin.document.where([...origin.path, ...path.slice(length)]);
    }
    return this.documents[this.documents.length - 1].where(path);
  }
}

/** Remembers where each item of a merged list comes from, and returns the items. */
function placed<Item>(items: readonly Placed<Item>[], origins: Origins, path: DocumentPath): Item[] {
  items.forEach(({ document, path: written }, index) => origins.set([...path, index], document, written));
  return items.map(({ item }) => item);
}

function joined<Item>(
  documents: readonly OsDocument[],
  path: DocumentPath,
  items: (value: LinuxkitYml) => readonly Item[] | undefined,
): Placed<Item>[] {
  return documents.flatMap((document) =>
    (items(document.value) ?? []).map((item, index) => ({ item, document, path: [...path, index] })),
  );
}

function lastGiven<Key extends 'outputs' | 'platforms' | 'imageStore'>(
  documents: readonly OsDocument[],
  origins: Origins,
  key: Key,
): LinuxkitYml[Key] {
  const document = documents.findLast(({ value }) => value[key] !== undefined);
  if (document) origins.set([key], document, [key]);
  return document?.value[key];
}

function mergeKernel(documents: readonly OsDocument[], origins: Origins): Kernel | undefined {
  const given: KernelEntry = {};
  for (const document of documents) {
    for (const [field, value] of Object.entries(document.value.kernel ?? {}) as [
      keyof KernelEntry,
      string,
    ][]) {
      // An empty `tar` or `ucode` asks for no such file; any other empty field counts as absent.
      if (value === '' && field !== 'tar' && field !== 'ucode') continue;
      given[field] = value;
      origins.set(['kernel', field], document, ['kernel', field]);
    }
  }
  const { image, cmdline = '', ...written } = given;
  if (image === undefined) return undefined;
  const { binary = 'kernel', tar = 'kernel.tar', ucode } = written;
  return { image, cmdline, binary, tar: tar === 'none' ? '' : tar, ...(ucode ? { ucode } : {}), written };
}
