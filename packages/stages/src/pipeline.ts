import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDigest, once, type Digest } from '@nx-linuxkit/oci';
import { fileSource, type FileSource } from '@nx-linuxkit/tree/layer';
import type { Context } from './context.js';
import { outputPathIn, type Environment, type Log } from './environment.js';
import type { ImageParts } from './export/image-parts.js';
import type { BootFiles } from './format/boot-files.js';
import { PackageRegistry } from './image/package-registry.js';
import { imageName, packageName } from './image-name.js';
import { readDocument } from './layers/blob-document.js';
import type { LayerWork } from './layers/layer.js';
import { Layers } from './layers/layers.js';
import type { LockRequest } from './lock/index.js';
import type { MadeOutput } from './made-output.js';
import type { ImageNode } from './plan/image-node.js';
import type { OsPlan } from './plan/os-plan.js';
import { progressOnStderr } from './progress/progress.js';
import type { PlanReader } from './plan/plan-reader.js';
import { privilegesFileIn, type PrivilegedImage } from './plan/privileges.js';
import { removeFolder } from './replace-folder.js';
import type { DescribedImage } from './sbom/described-image.js';
import { Sources } from './sources.js';
import type { Build } from './why/record.js';
import type { StageName, Upstream } from './stages.js';
import type { OsTask, StageTask } from './task.js';
import { trimStore } from './trim-store.js';
import { EVERY_OUTPUT, outputsNotedIn, type TrustedOutputs } from './trusted-outputs.js';
import { VerifiedFiles } from './verified-files.js';
import {
  RUN_STAGE,
  describedSystem,
  finishedRoot,
  measuredSystem,
  openPackage,
  resultName,
  runConversion,
  runFormat,
  systemParts,
  type Ask,
  type Asked,
  type AskedStage,
  type FinishedRoot,
  type Inputs,
  type MeasuredSystem,
  type PlacedNode,
  type SystemParts,
} from './wiring/index.js';

/**
 * The stages of one workspace, on demand: each asks for the results that it reads, and a result is made at most once.
 * Under Nx the graph has run what lies upstream, so that asking finds it; by hand, asking for a format runs
 * everything. Close it when all tasks are done.
 */
export class Pipeline {
  private readonly layers: Layers;
  private readonly verified: VerifiedFiles;
  private readonly trusted: TrustedOutputs;
  private readonly sources: Sources;
  private readonly registry: PackageRegistry | undefined;
  private readonly progress = progressOnStderr();
  private readonly results = new Map<string, Promise<unknown>>();
  private readonly discarding = new Map<string, Promise<void>>();
  private readonly running = new Set<Promise<unknown>>();
  private readonly files: FileSource[] = [];
  private readonly resolving = new Map<string, Promise<unknown>>();
  private readonly builds = new Map<string, Build>();
  private readonly made: MadeOutput[] = [];
  private reader: PlanReader | undefined;

  constructor(private readonly environment: Environment) {
    this.layers = new Layers(environment.store);
    this.verified = new VerifiedFiles(environment.store);
    this.trusted =
      environment.settings.trustedCache === false ? outputsNotedIn(environment.store) : EVERY_OUTPUT;
    this.sources = new Sources(environment, (image) =>
      openPackage(image, this.inputs<'image'>(console.error)),
    );
    this.registry = PackageRegistry.of(environment.settings, this.sources);
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
    this.buildOf(plan);
    return this.untilClosed(this.runFormat(plan, name, log));
  }

  /** Makes one format of a system that was made elsewhere. The plan has its name, its platform and no image. */
  convert(plan: OsPlan, files: BootFiles, name: string, log: Log): Promise<void> {
    return this.untilClosed(runConversion(plan, files, name, this.inputs<'format'>(log)));
  }

  /** The initramfs of a system, and the root file system that it unpacks to. Makes what is not there. */
  root(plan: OsPlan, log: Log): Promise<FinishedRoot> {
    this.buildOf(plan);
    return this.untilClosed(finishedRoot(plan, this.inputs<'format'>(log)));
  }

  /** The root of a system, with what a measurement of it reads. Makes what is not there. */
  measured(plan: OsPlan, log: Log): Promise<MeasuredSystem> {
    this.buildOf(plan);
    const discard = () => this.discardSegments(plan);
    return this.untilClosed(measuredSystem(plan, this.inputs<'format'>(log), discard));
  }

  /** The same, with the documents that the system was made of. */
  parts(plan: OsPlan, log: Log): Promise<SystemParts> {
    this.buildOf(plan);
    const discard = () => this.discardSegments(plan);
    return this.untilClosed(systemParts(plan, this.inputs<'format'>(log), discard));
  }

  /** The images whose labels ask for control over the machine. A damaged list is made again. */
  async privileged(plan: OsPlan, log: Log): Promise<readonly PrivilegedImage[]> {
    await this.untilClosed(this.ask(log)('oci-config', plan));
    const path = outputPathIn(this.environment, privilegesFileIn(plan.nodes));
    return JSON.parse(await readFile(path, 'utf8')) as PrivilegedImage[];
  }

  /**
   * Says in three lines how large the initrd of a system is that this pipeline has made something of, and what has changed since
   * the build before. `more` is the command that says more.
   */
  async news(system: string, more?: string): Promise<string[]> {
    const build = [...this.builds.values()].find(({ plan }) => plan.name === system);
    if (!build || this.made.length === 0 || this.environment.keepsHistory === false) return [];
    const { newsOf } = await import('./why/news.js');
    return newsOf(this.environment, build, this.made, more);
  }

  /** The parts of an image, for an export of it. */
  image(node: ImageNode, log: Log): ImageParts {
    const { ask, layersOf, context, sources } = this.inputs<'format'>(log);
    const layers = layersOf(node);
    const document = () => this.untilClosed(ask(node.source.kind === 'pulled' ? 'pull' : 'image', node));
    return {
      id: imageName(node),
      document,
      manifest: async () => {
        const { digest } = await document();
        const stored = isDigest(digest) ? await readDocument(context.store, digest) : undefined;
        return stored ?? (await sources.of(node)).manifest(digest as Digest);
      },
      blob: (descriptor) => layers.blob(descriptor),
      tree: async () => (await this.untilClosed(ask('extract', node))).tree().tree,
    };
  }

  /** The images of a system, with what describes them beside their files. */
  described(plan: OsPlan, log: Log): Promise<DescribedImage[]> {
    return this.untilClosed(describedSystem(plan, this.inputs<'sbom'>(log)));
  }

  /** Pins the references of a YAML, through the connections that pulls will use; see `lock`. */
  async lock(request: LockRequest, log: Log): Promise<string[]> {
    const { lockFrom } = await import('./lock/index.js');
    return this.progress.during(`lock ${request.file}`, () =>
      lockFrom(this.sources, this.environment, request, log),
    );
  }

  /** Resolves immutable references that the lock does not pin; see `resolveFrom`. */
  async resolve(request: Omit<LockRequest, 'update'>, log: Log): Promise<string[]> {
    const { resolveFrom } = await import('./lock/index.js');
    return resolveFrom(this.sources, this.environment, request, log);
  }

  /** Waits for the stages that still run when another has failed, because they read these files, and write. */
  async close(): Promise<void> {
    // Every caller has its error. A stage that still runs may ask for further results, which the loop then waits for
    // too.
    await Promise.allSettled(this.running);
    for (const result of this.results.values()) await result.catch(() => undefined);
    await this.recordBuilds();
    await this.sources.close();
    await Promise.all(this.files.splice(0).map((file) => file.close()));
    await this.layers.close();
    if (this.work.blobsFetched > 0) await trimStore(this.environment, console.error);
  }

  /** Keeps what was made, and what of, in the store for the target `why`. */
  private async recordBuilds(): Promise<void> {
    if (this.made.length === 0 || this.environment.keepsHistory === false) return;
    const { recordBuild } = await import('./why/record.js');
    for (const build of this.builds.values()) await recordBuild(this.environment, build, this.made);
  }

  private buildOf(plan: OsPlan): Build {
    const build = this.builds.get(plan.nodes) ?? { plan, files: [] };
    this.builds.set(plan.nodes, build);
    return build;
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
      if (task.stage === 'package') return this.runPackage(task.images, log);
      if (task.stage === 'segment') return this.runSegment({ ...task, plan: task.segment }, log);
      return void (await this.ask(log)(task.stage, task.image));
    }
    const plan = await this.readPlan(task, log);
    this.buildOf(plan);
    if (task.stage === 'format') return this.runFormat(plan, task.format, log);
    await this.ask(log)(task.stage, plan);
  }

  /** Says which images a package has, and makes those that the graph has not made. */
  private async runPackage(images: readonly ImageNode[], log: Log): Promise<void> {
    if (images.length === 0) log('nothing to build: `arches` has none of the platforms that are wanted');
    const made = await Promise.all(images.map((image) => this.ask(log)('image', image)));
    made.forEach(({ digest }, i) => log(`${packageName(images[i])} for ${images[i].platform}: ${digest}`));
  }

  private runFormat(plan: OsPlan, name: string, log: Log): Promise<void> {
    return runFormat(plan, name, this.inputs<'format'>(log), () => this.discardSegments(plan));
  }

  private ask(log: Log): Ask<StageName> {
    return <Name extends AskedStage>(stage: Name, about: Asked[Name][0]) =>
      once(this.results as Map<string, Promise<Asked[Name][1]>>, resultName(stage, about), () =>
        RUN_STAGE[stage](about, this.inputs<Name>(log)),
      );
  }

  private inputs<Name extends StageName>(log: Log): Inputs<Name> {
    const { environment, sources, layers, registry } = this;
    return {
      registry,
      ask: this.ask(log) as Ask<Upstream<Name>>,
      context: this.context(log),
      environment,
      sources,
      layersOf: (image, source = () => sources.of(image)) => layers.of(imageName(image), source),
      filesRead: (plan, files) => (this.buildOf(plan).files = files),
      assembled: (plan, initramfs) => (this.buildOf(plan).initramfs = initramfs),
    };
  }

  private context(log: Log): Context {
    const { workspaceRoot, store } = this.environment;
    return {
      store,
      verified: this.verified,
      trusted: this.trusted,
      log,
      made: (output) => void this.made.push(output),
      progress: this.progress,
      path: (...parts) => resolve(workspaceRoot, join(...parts)),
      outputPath: (...parts) => outputPathIn(this.environment, ...parts),
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
    await removeFolder(context.outputPath(segmentFolder(node)));
    this.results.delete(resultName('segment', node));
    await this.ask(log)('segment', node);
  }

  private async readPlan(task: OsTask, log: Log): Promise<OsPlan> {
    const { PlanReader, readPlanAgain, wholeIdentity } = await import('./read-plan-again.js');
    const { workspaceRoot, settings } = this.environment;
    this.reader ??= new PlanReader(workspaceRoot, settings);
    const os = wholeIdentity(task.os);
    // A daemon may still have the graph of what was resolved, after `.linuxkit` was removed.
    if (!this.reader.read(os)) await once(this.resolving, os.file, () => this.resolve(os, log));
    return readPlanAgain(this.reader, task);
  }

  /**
   * Removes the segments of a system whose bytes are not what their seals say, so that asking makes them again. Formats
   * that find the same damage at the same time share one search for it.
   */
  private discardSegments(plan: OsPlan): Promise<void> {
    const discarding = once(this.discarding, plan.nodes, () => this.discardOnce(plan));
    const done = () => this.discarding.delete(plan.nodes);
    discarding.then(done, done);
    return discarding;
  }

  private async discardOnce(plan: OsPlan): Promise<void> {
    const { discardDamaged } = await import('./discard-damaged.js');
    await discardDamaged(plan, this.environment);
    for (const node of plan.segments) this.results.delete(resultName('segment', node));
    this.results.delete(resultName('sbom', plan));
    this.results.delete(resultName('initramfs', plan));
  }
}
