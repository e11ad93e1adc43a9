import type { Where } from '@nx-linuxkit/errors';
import type { Kernel as KernelEntry, LinuxkitYml } from '../linuxkit-yml.js';
import { DEFAULT_PLATFORM, type DocumentPath, type Kernel, type OsSpec } from '../model.js';
import type { OsDocument } from './documents.js';

/**
 * Merges documents as LinuxKit does: lists are joined in order, and a later field of the kernel replaces an earlier
 * one. LinuxKit has no rule for the other keys. Here `trust` is joined too. `outputs` and `platforms` say what to
 * build, not what it is made of, so the last file that has them decides.
 */
export function mergeDocuments(documents: readonly OsDocument[]): OsSpec {
  const origins = new Origins(documents);
  const join = <Item>(path: string[], items: (value: LinuxkitYml) => readonly Item[] | undefined) =>
    joined(documents, origins, path, items);
  return {
    kernel: mergeKernel(documents, origins),
    init: join(['init'], ({ init }) => init),
    volumes: join(['volumes'], ({ volumes }) => volumes).map((volume) => ({ ...VOLUME_DEFAULTS, ...volume })),
    onboot: join(['onboot'], ({ onboot }) => onboot),
    onshutdown: join(['onshutdown'], ({ onshutdown }) => onshutdown),
    services: join(['services'], ({ services }) => services),
    files: join(['files'], ({ files }) => files).map((file) => ({ ...file, path: file.path ?? '' })),
    outputs: lastGiven(documents, origins, 'outputs') ?? [],
    trust: {
      image: join(['trust', 'image'], ({ trust }) => trust?.image),
      org: join(['trust', 'org'], ({ trust }) => trust?.org),
    },
    platforms: lastGiven(documents, origins, 'platforms') ?? [DEFAULT_PLATFORM],
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

function joined<Item>(
  documents: readonly OsDocument[],
  origins: Origins,
  path: DocumentPath,
  items: (value: LinuxkitYml) => readonly Item[] | undefined,
): Item[] {
  const all: Item[] = [];
  for (const document of documents) {
    items(document.value)?.forEach((item, index) => {
      origins.set([...path, all.length], document, [...path, index]);
      all.push(item);
    });
  }
  return all;
}

function lastGiven<Key extends 'outputs' | 'platforms'>(
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
