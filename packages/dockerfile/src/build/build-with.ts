import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  openImageSource,
  parseImageConfig,
  parseManifest,
  parsePlatform,
  parseReference,
  type Descriptor,
  type ImageSource,
} from '@nx-linuxkit/oci';
import { decompress } from '@nx-linuxkit/oci/decompress';
import {
  applyLayers,
  TarIndexer,
  Tree,
  type ByteSource,
  type Entry,
  type LayerIndex,
} from '@nx-linuxkit/tree';
import { NO_ACCESS, type Access, type Builder } from '../builders/builder.js';
import { contextTree } from '../context/context-tree.js';
import { DockerfileError } from '../error.js';
import { evaluateStage, type EvaluatedStage } from '../evaluate/evaluate.js';
import type { HistoryLine } from '../evaluate/scope.js';
import { containerConfig, imageTree, type BaseImage } from '../image/base-image.js';
import { Scratch } from '../image/scratch.js';
import type { WrittenImage } from '../image/write-image.js';
import { diffTrees } from '../normalise/diff-trees.js';
import { removeLeftovers } from '../normalise/leftovers.js';
import { mountTargets, type PlannedStage } from '../plan/plan.js';
import type { BuildInput } from './build-input.js';
import { withTriggers, withoutTriggers } from './triggers.js';
import { refuseUnknownUrls } from './unknown-urls.js';
import { writeResult, type LayerChange } from './write-result.js';

/** What a build by a builder reads beside the rest. */
export interface BuildWithInput extends BuildInput {
  readonly builder: Builder;
  /** Whether RUN has a network. */
  readonly network: boolean;
  /** Default: no access to anything. */
  readonly access?: Access;
  /** Takes the builder's log, line by line. */
  readonly log: (line: string) => void;
}

/**
 * Builds an image by a builder that can run programs. The builder gives the file system alone: what it changed in the base
 * image becomes one layer, written by us, and the config is ours too. So builders that run the same programs give one digest.
 */
export function buildWith(given: BuildWithInput, output: string): Promise<WrittenImage> {
  return Scratch.with(async (scratch) => {
    const image = async (reference: string, platform: string) =>
      withoutTriggers(await given.image(reference, platform));
    const input = { ...given, plan: await withTriggers(given), image };
    const { plan, mtime, builder, network, access = NO_ACCESS, log } = input;
    const { evaluated, base, history } = await evaluateResult(input);
    if (!network) await refuseUnknownUrls(input);
    const folder = join(scratch.folder, 'build');
    await mkdir(folder);
    const context = contextTree(input.context, mtime);
    const archive = await builder.build({ plan, context, image, network, access, folder, log });
    const before = base ? await imageTree(base) : new Tree();
    const after = await treeOfArchive(archive, plan.build.platform, base, scratch);
    removeLeftovers(before, after, mountTargets(plan));
    const layers = onLastStep(history, await diffTrees(before, after, mtime));
    return writeResult({ ...input, scratch }, { evaluated, base, layers }, output);
  });
}

/** The result's config and base, with the lines of the history of all stages that it is built on. */
interface Result {
  readonly evaluated: EvaluatedStage;
  readonly base?: BaseImage;
  readonly history: readonly HistoryLine[];
}

/** Reads the instructions of the result's stage, and of those that it is built on. */
async function evaluateResult({ plan, image }: BuildWithInput): Promise<Result> {
  const stages = new Map(plan.stages.map((stage) => [stage.text.index, stage]));
  const evaluate = async (index: number): Promise<Result> => {
    const stage = stages.get(index) as PlannedStage;
    const from = stage.base;
    if (from.kind === 'stage') {
      const below = await evaluate(from.index);
      const evaluated = evaluateStage(plan, stage, below.evaluated);
      return { evaluated, base: below.base, history: [...below.history, ...evaluated.history] };
    }
    const base = from.kind === 'image' ? await image(from.reference, from.platform) : undefined;
    const evaluated = evaluateStage(plan, stage, { config: base && containerConfig(base) });
    return { evaluated, base, history: evaluated.history };
  };
  return evaluate((plan.stages.at(-1) as PlannedStage).text.index);
}

/** Builders cut a build into layers as they like, so ours is one layer: that of the last step. */
function onLastStep(history: readonly HistoryLine[], entries: readonly Entry[]): LayerChange[] {
  const last = history.findLastIndex(({ step }) => step !== undefined);
  return history.map(({ text }, i) => ({ text, entries: i === last ? entries : [] }));
}

/** The files of an image that a builder wrote, on top of those of its base, whose layers are not read again. */
async function treeOfArchive(
  archive: string,
  platform: string,
  base: BaseImage | undefined,
  scratch: Scratch,
): Promise<Tree> {
  const source = await openImageSource(parseReference(archive));
  try {
    const { manifest, config } = await source.resolve(parsePlatform(platform));
    const { layers } = parseManifest(manifest);
    const { diffIDs } = parseImageConfig(config);
    const below = base?.layers.map(({ diffID }) => diffID) ?? [];
    if (below.some((diffID, i) => diffIDs[i] !== diffID)) {
      throw new DockerfileError(
        'builder-failed',
        'the builder has built on other layers than those of the base image',
      );
    }
    const added = layers.slice(below.length);
    const read: { index: LayerIndex; bytes: ByteSource }[] = [];
    for (const [i, blob] of added.entries()) {
      read.push(await readLayer(source, blob, diffIDs[below.length + i], scratch));
    }
    const opened = new Map(read.map(({ index, bytes }) => [index.diffID, bytes]));
    const lower = base ? await base.files() : { indexes: [], open: () => undefined };
    const open = (diffID: string) => (opened.get(diffID) ?? lower.open(diffID)) as ByteSource;
    return applyLayers([...lower.indexes, ...read.map(({ index }) => index)], { open }).tree;
  } finally {
    await source.close();
  }
}

async function readLayer(
  source: ImageSource,
  blob: Descriptor,
  diffID: string,
  scratch: Scratch,
): Promise<{ index: LayerIndex; bytes: ByteSource }> {
  const indexer = new TarIndexer();
  const bytes = await scratch.keep(observed(decompress(source.blob(blob)), (chunk) => indexer.write(chunk)));
  return { index: { diffID, size: bytes.size, entries: indexer.end() }, bytes };
}

async function* observed(
  bytes: AsyncIterable<Uint8Array>,
  see: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    see(chunk);
    yield chunk;
  }
}
