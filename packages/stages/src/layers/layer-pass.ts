import { rm } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import { inThread } from '@nx-linuxkit/deflate';
import {
  OciError,
  diskError,
  move,
  onDisk,
  type Descriptor,
  type Digest,
  type ImageSource,
  type OciErrorCode,
  type Store,
} from '@nx-linuxkit/oci';
import { TreeError, type TreeErrorCode } from '@nx-linuxkit/tree/layer';
import { StageError } from '../error.js';
import type { Activity } from '../progress/activity.js';
import type { GrowingFile, Growth } from './growing-file.js';
import type { Layer } from './layer.js';
import type { LayerAnswer, LayerFault, LayerRequest } from './read-layer.js';
import { READ_LAYER } from './threads.js';

/** Bumped when the index of a layer takes another form or name; part of its name in the store. */
const INDEX_VERSION = 2;

export interface PassOptions {
  /** Keeps the uncompressed bytes whatever the layer holds. */
  readonly keepAlways: boolean;
  readonly activity: Activity;
}

/** Where what is read of a layer goes. */
type Target = Omit<LayerRequest, 'blob'>;

/**
 * Reads a layer once, in a thread: verifies the blob, inflates it, checks the diffID, and puts the index into the
 * store, and the uncompressed bytes where something will read them. The blob is in the store, or with a `source` on
 * its way from there into the store.
 */
export async function passOver(
  store: Store,
  layer: Layer,
  source: (() => Promise<ImageSource>) | undefined,
  { keepAlways, activity }: PassOptions,
): Promise<LayerAnswer> {
  const [kept, index] = [await store.temp(), await store.temp()];
  const target = { kept, index, always: keepAlways };
  try {
    const read = source
      ? await readWhileFetching(store, layer, source, target, activity)
      : await onDisk(store.dir, () => readStored(store, layer, target));
    checkDiffID(layer, read.sha256);
    if (read.kept) {
      const moved = (path: string) => move(kept, path).then(() => read.kept);
      await store.put('layer', layerKey(layer.diffID), moved);
    }
    await store.put('index', indexKey(layer), (path) => move(index, path));
    return read;
  } finally {
    await Promise.all([kept, index].map((path) => rm(path, { force: true })));
  }
}

async function readWhileFetching(
  store: Store,
  layer: Layer,
  source: () => Promise<ImageSource>,
  target: Target,
  activity: Activity,
): Promise<LayerAnswer> {
  const { blob } = layer;
  const { port1: writer, port2: growth } = new MessageChannel();
  const tell = (message: Growth) => writer.postMessage(message);
  // Before the source is asked: a thread takes as long to start as a registry to answer.
  const file = { path: store.blobPath(blob.digest), growth };
  const reading = read(layer, file, target).catch((error: unknown) => ({ error }));
  const digest = async (): Promise<Digest | undefined> => {
    tell('complete');
    const answer = await reading;
    return 'error' in answer ? undefined : `sha256:${answer.blobSha256}`;
  };
  try {
    activity.expect(blob.size);
    const grew = (path: string, size: number) => tell({ path, size });
    await store.write(blob, counted((await source()).blob(blob), activity), { grew, digest });
  } catch (error) {
    // Wrong bytes explain whatever the reader made of them, so its own error is dropped.
    tell('failed');
    await reading;
    throw error;
  }
  const answer = await reading;
  if ('error' in answer) throw diskError(store.dir, answer.error);
  return answer;
}

async function* counted(bytes: AsyncIterable<Uint8Array>, activity: Activity): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    activity.count(chunk.length);
    yield chunk;
  }
}

async function readStored(store: Store, layer: Layer, target: Target): Promise<LayerAnswer> {
  const { blob } = layer;
  const file = { path: store.blobPath(blob.digest) };
  const answer = await read(layer, file, target).catch((error: unknown) => ({ error }));
  if (!('error' in answer) && blob.digest === `sha256:${answer.blobSha256}`) return answer;
  await checkBlob(store, blob);
  throw 'error' in answer ? answer.error : lost('', blob.digest);
}

/** The thread hashes the blob too, so that bytes other than the blob's never count. */
async function read({ blob }: Layer, file: GrowingFile, target: Target): Promise<LayerAnswer> {
  const request: LayerRequest = { blob: file, ...target };
  const answer = await inThread<LayerAnswer | LayerFault>(READ_LAYER, request, {
    transfer: file.growth ? [file.growth] : [],
    weight: blob.size,
  });
  if ('fault' in answer) throw errorOf(answer);
  return answer;
}

/** Makes the error of a layer that cannot be decoded or read; `namingLayer` names the layer. */
function errorOf({ fault: { of, code, message, hint } }: LayerFault): Error {
  return of === 'tree'
    ? new TreeError(code as TreeErrorCode, message, { hint })
    : new OciError(code as OciErrorCode, message, { hint });
}

function checkDiffID({ diffID }: Layer, sha256: string): void {
  if (diffID === `sha256:${sha256}`) return;
  throw new StageError('bad-image', `it holds sha256:${sha256}, but the image's config says ${diffID}`, {
    hint: 'The image was damaged before it was pushed: its config and its layers do not fit.',
  });
}

/** Reads a blob of the store to its end. The store throws for a damaged one, and removes it. */
export async function checkBlob(store: Store, { digest }: Descriptor): Promise<void> {
  const bytes = store.read(digest);
  while (!(await bytes.next()).done);
}

/** The error for something that was in the store a moment ago. */
export function lost(what: string, digest: string): StageError {
  const name = [what, 'layer', digest].filter(Boolean).join(' ');
  return new StageError('missing-file', `the store lost ${name} during the build`, {
    hint: 'Build again, and do not prune the store meanwhile.',
  });
}

/** The name of a layer's uncompressed bytes in the store. */
export function layerKey(diffID: string): string {
  return diffID.replace(':', '-');
}

/**
 * The name of a layer's index in the store. It has both digests, and the index is stored only after both were computed:
 * so the index is the proof that this blob holds this diffID. An image may claim any diffID for a blob; an index named
 * by the diffID alone would give the image the files of another image's layer.
 */
export function indexKey({ blob, diffID }: Layer): string {
  return `${layerKey(blob.digest)}-${layerKey(diffID)}-${INDEX_VERSION}`;
}
