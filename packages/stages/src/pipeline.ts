import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from '@nx-linuxkit/oci';
import { fileSource, type FileSource } from '@nx-linuxkit/tree/layer';
import type { Context } from './context.js';
import type { Environment, Log } from './environment.js';
import type { Extracted } from './extract/index.js';
import type { Initramfs } from './initramfs/initramfs.js';
import type { LayerWork } from './layers/layer.js';
import { Layers, type ImageLayers } from './layers/layers.js';
import type { OciImage } from './layers/oci-image.js';
import type { LockRequest } from './lock/index.js';
import type { Bundles } from './oci-config/index.js';
import type { ImageNode, PackageImage, PulledImage } from './plan/image-node.js';
import type { OsPlan, SegmentNode } from './plan/os-plan.js';
import type { PlanReader } from './plan/plan-reader.js';
import { pull } from './pull/index.js';
import type { Segment } from './segment/index.js';
import type { SegmentInput } from './segment/place-segment.js';
import { Sources } from './sources.js';
import { makeOrFind } from './stage.js';
import type { StageName, Upstream } from './stages.js';
import type { OsTask, StageTask } from './task.js';
import type { Statements } from './verify/index.js';
import { VerifiedFiles } from './verified-files.js';

/** A segment's place in the graph: what its task's options say of its node. */
type PlacedNode = Pick<SegmentNode, 'root' | 'image' | 'plan'>;

/** For each stage with a result: what it is asked about, and the result. */
interface Asked {
  pull: [about: ImageNode, result: OciImage];
  image: [about: ImageNode, result: OciImage];
  extract: [about: ImageNode, result: Extracted];
  segment: [about: PlacedNode, result: Segment];
  'oci-config': [about: OsPlan, result: Bundles];
  verify: [about: OsPlan, result: Statements];
  initramfs: [about: OsPlan, result: Initramfs];
}
type Stage = keyof Asked;

/** Asks for results of some stages. */
type Ask<Allowed extends StageName> = <Name extends Allowed & Stage>(
  stage: Name,
  about: Asked[Name][0],
) => Promise<Asked[Name][1]>;

/** What a stage gets its input from. It can only ask for results of the stages upstream of it. */
interface Inputs<Name extends StageName> {
  readonly ask: Ask<Upstream<Name>>;
  readonly context: Context;
  readonly environment: Environment;
  readonly sources: Sources;
  layersOf(image: ImageNode): ImageLayers;
}

/**
 * Gathers the input of each stage and runs it: the only code that knows all stages. A stage is loaded when it first runs, so
 * that the first requests of a cold build need not wait for code that comes after the answers; `pull`, which makes those
 * requests, is loaded at once.
 */
const RUN: {
  readonly [Name in Stage]: (about: Asked[Name][0], from: Inputs<Name>) => Promise<Asked[Name][1]>;
} = {
  async pull(node, { context, sources, layersOf }) {
    const image = node as ImageNode & { source: PulledImage };
    return makeOrFind(pull, { image, source: () => sources.of(node), layers: layersOf(node) }, context);
  },

  async image(node, { context, sources, environment: { settings } }) {
    const { image: stage } = await import('./image/index.js');
    const image = node as ImageNode & { source: PackageImage };
    return makeOrFind(stage, { image, settings, source: () => sources.of(node) }, context);
  },

  async extract(node, { ask, context, layersOf }) {
    const { extract } = await import('./extract/index.js');
    return makeOrFind(extract, { node, image: await imageOf(node, ask), layers: layersOf(node) }, context);
  },

  async segment(node, from) {
    const { segment } = await import('./segment/index.js');
    return makeOrFind(segment, await placing(node, from), from.context);
  },

  async 'oci-config'(plan, { ask, context }) {
    const { ociConfig } = await import('./oci-config/index.js');
    const images = await Promise.all(
      plan.images.map(async (node) => [node.id, await imageOf(node, ask)] as const),
    );
    return makeOrFind(ociConfig, { plan, images: new Map(images) }, context);
  },

  async verify(plan, { context }) {
    const { verify } = await import('./verify/index.js');
    return makeOrFind(verify, { plan }, context);
  },

  async initramfs(plan, from) {
    const { ask, context } = from;
    await ask('verify', plan);
    const [{ initramfs }, { readFiles }] = await Promise.all([
      import('./initramfs/index.js'),
      import('./initramfs/files.js'),
    ]);
    const [segments, bundles, files] = await Promise.all([
      Promise.all(plan.segments.map((node) => ask('segment', node))),
      ask('oci-config', plan),
      readFiles(plan, context),
    ]);
    const input = { plan, segments, bundles, files, placing: (node: SegmentNode) => placing(node, from) };
    return makeOrFind(initramfs, input, context);
  },
};

/** An image's documents, whichever stage brings it. */
function imageOf(node: ImageNode, ask: Ask<'pull' | 'image'>): Promise<OciImage> {
  return ask(node.source.kind === 'pulled' ? 'pull' : 'image', node);
}

/** What placing an image reads. */
async function placing(
  node: PlacedNode,
  { ask, sources, layersOf }: Pick<Inputs<'segment'>, 'ask' | 'sources' | 'layersOf'>,
): Promise<SegmentInput> {
  const { image } = node;
  return {
    node,
    extracted: await ask('extract', image),
    layers: layersOf(image),
    fetchManifest: async (digest) => (await sources.of(image)).manifest(digest),
  };
}

/**
 * The stages of one workspace, on demand: each asks for the results that it reads, and a result is made at most once. Under
 * Nx the graph has run what lies upstream, so that asking finds it; by hand, asking for a format runs everything. Close it
 * when all tasks are done.
 */
export class Pipeline {
  private readonly layers: Layers;
  private readonly verified: VerifiedFiles;
  private readonly sources: Sources;
  private readonly results = new Map<string, Promise<unknown>>();
  private readonly running = new Set<Promise<unknown>>();
  private readonly files: FileSource[] = [];
  private reader: Promise<PlanReader> | undefined;

  constructor(private readonly environment: Environment) {
    this.layers = new Layers(environment.store);
    this.verified = new VerifiedFiles(environment.store);
    this.sources = new Sources(environment.workspaceRoot, environment.settings);
  }

  /** What was done to layers so far. */
  get work(): LayerWork {
    return this.layers.work;
  }

  /** Runs one task. Throws the Fault of the stage that failed. */
  run(task: StageTask, log: Log): Promise<void> {
    return this.untilClosed(this.runTask(task, log));
  }

  /** Makes one format of a system, and everything that it needs. */
  makeFormat(plan: OsPlan, name: string, log: Log): Promise<void> {
    return this.untilClosed(this.runFormat(plan, name, log));
  }

  /** Pins the references of a YAML, through the connections that pulls will use; see `lock`. */
  async lock(request: LockRequest, log: Log): Promise<string[]> {
    const { lockFrom } = await import('./lock/index.js');
    return lockFrom(this.sources, this.environment, request, log);
  }

  /** Waits for the stages that still run when another has failed, because they read these files, and write. */
  async close(): Promise<void> {
    // Every caller has its error. A stage that still runs may ask for further results, which the loop then waits for too.
    await Promise.allSettled(this.running);
    for (const result of this.results.values()) await result.catch(() => undefined);
    await this.sources.close();
    await Promise.all(this.files.splice(0).map((file) => file.close()));
    await this.layers.close();
  }

  /** Makes `close` wait for a promise. */
  private untilClosed<T>(promise: Promise<T>): Promise<T> {
    const done = () => this.running.delete(promise);
    this.running.add(promise);
    promise.then(done, done);
    return promise;
  }

  private async runTask(task: StageTask, log: Log): Promise<void> {
    if (!('os' in task)) {
      if (task.stage === 'segment') return this.runSegment({ ...task, plan: task.segment }, log);
      return void (await this.ask(log)(task.stage, task.image));
    }
    const plan = await this.readPlan(task);
    if (task.stage === 'format') return this.runFormat(plan, task.format, log);
    await this.ask(log)(task.stage, plan);
  }

  private async runFormat(plan: OsPlan, name: string, log: Log): Promise<void> {
    const { makeFormat } = await import('./format/index.js');
    const from = this.inputs<'format'>(log);
    const input = {
      plan,
      initramfs: () => from.ask('initramfs', plan),
      bundles: () => from.ask('oci-config', plan),
      extracted: (image: ImageNode) => from.ask('extract', image),
      placing: (node: SegmentNode) => placing(node, from),
      discardSegments: () => this.discardSegments(plan),
    };
    await makeFormat(input, name, from.context);
  }

  private ask(log: Log): Ask<StageName> {
    return <Name extends Stage>(stage: Name, about: Asked[Name][0]) =>
      once(this.results as Map<string, Promise<Asked[Name][1]>>, memoKey(stage, about), () =>
        RUN[stage](about, this.inputs<Name>(log)),
      );
  }

  private inputs<Name extends StageName>(log: Log): Inputs<Name> {
    const { environment, sources, layers } = this;
    return {
      ask: this.ask(log) as Ask<Upstream<Name>>,
      context: this.context(log),
      environment,
      sources,
      layersOf: (image) => layers.of(() => sources.of(image)),
    };
  }

  private context(log: Log): Context {
    const { workspaceRoot, store } = this.environment;
    return {
      store,
      verified: this.verified,
      log,
      path: (...parts) => join(workspaceRoot, ...parts),
      file: (path, named) => {
        const source = fileSource(path, named);
        this.files.push(source);
        return source;
      },
    };
  }

  /** Runs a segment's own task. Its output goes to Nx's cache, so what lies there must not have been damaged since. */
  private async runSegment(node: PlacedNode, log: Log): Promise<void> {
    const context = this.context(log);
    const made = await this.ask(log)('segment', node);
    const { isSegmentIntact, segmentFolder } = await import('./segment/index.js');
    if (await isSegmentIntact(made, context)) return;
    log(`segment ${node.plan.at || '/'} of ${node.image.id} is damaged, making it again`);
    await rm(context.path(segmentFolder(node)), { recursive: true, force: true });
    this.results.delete(memoKey('segment', node));
    await this.ask(log)('segment', node);
  }

  private async readPlan(task: OsTask): Promise<OsPlan> {
    const { readPlanAgain } = await import('./read-plan-again.js');
    const { workspaceRoot, settings } = this.environment;
    this.reader ??= import('./plan/plan-reader.js').then(
      ({ PlanReader }) => new PlanReader(workspaceRoot, settings),
    );
    return readPlanAgain(await this.reader, task);
  }

  /** Removes the segments of a system whose bytes are not what their seals say, so that asking makes them again. */
  private async discardSegments(plan: OsPlan): Promise<void> {
    const { discardDamaged } = await import('./discard-damaged.js');
    await discardDamaged(plan, this.environment.workspaceRoot);
    for (const node of plan.segments) this.results.delete(memoKey('segment', node));
    this.results.delete(memoKey('initramfs', plan));
  }
}

/** The name of a result: its stage, and the root of the node that it belongs to. */
function memoKey<Name extends Stage>(stage: Name, about: Asked[Name][0]): string {
  return `${stage} ${'nodes' in about ? about.nodes : about.root}`;
}
