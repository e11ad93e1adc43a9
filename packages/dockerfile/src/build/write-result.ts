import type { Descriptor } from '@nx-linuxkit/oci';
import type { Entry } from '@nx-linuxkit/tree';
import type { EvaluatedStage } from '../evaluate/evaluate.js';
import type { BaseImage } from '../image/base-image.js';
import { imageConfig, rfc3339, type History } from '../image/image-config.js';
import type { Scratch } from '../image/scratch.js';
import { writeImage, writeLayer, type WrittenImage, type WrittenLayer } from '../image/write-image.js';
import type { BuildInput } from './build-input.js';

/** A line of the history, with the entries that it changed. */
export interface LayerChange {
  readonly text: string;
  readonly entries: readonly Entry[];
}

/** What the last stage has come to. */
export interface BuiltResult {
  readonly evaluated: Pick<EvaluatedStage, 'config'>;
  /** The image at the bottom; absent for `scratch`. */
  readonly base?: BaseImage;
  /** What was changed above it. */
  readonly layers: readonly LayerChange[];
}

/** Writes the image of the last stage: the layers that were made, and a config that names those below as well. */
export async function writeResult(
  { plan, labels = {}, mtime, scratch }: BuildInput & { readonly scratch: Scratch },
  { evaluated, base, layers }: BuiltResult,
  output: string,
): Promise<WrittenImage> {
  const { platform } = plan.build;
  const written: WrittenLayer[] = [];
  const history: History[] = [...((base?.config.history as History[] | undefined) ?? [])];
  for (const { text, entries } of layers) {
    if (entries.length > 0) written.push(await writeLayer(entries, scratch));
    const line = { created: rfc3339(mtime), created_by: text };
    history.push(entries.length > 0 ? line : { ...line, empty_layer: true });
  }
  const lower = base?.layers ?? [];
  const config = imageConfig({
    platform,
    config: { ...evaluated.config, Labels: { ...evaluated.config.Labels, ...labels } },
    diffIDs: [...lower, ...written].map(({ diffID }) => diffID),
    history,
    created: mtime,
  });
  const all = [...lower.map(({ blob }) => ociLayer(blob)), ...written.map(({ blob }) => blob)];
  return writeImage({ platform, config, layers: all, written }, output);
}

/** An OCI manifest names layers by OCI's media types; Docker's stand for the same bytes. */
function ociLayer(blob: Descriptor): Descriptor {
  const mediaType = blob.mediaType.replace(
    /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(?:\.(gzip|zstd))?$/,
    (_, compression?: string) =>
      `application/vnd.oci.image.layer.v1.tar${compression ? `+${compression}` : ''}`,
  );
  return { ...blob, mediaType };
}
