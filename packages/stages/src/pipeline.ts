import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  once,
  openImageSource,
  parseReference,
  type ImageSource,
  type SourceOptions,
} from '@nx-linuxkit/oci';
import type { Connections } from '@nx-linuxkit/oci/registry';
import type { ByteSource } from '@nx-linuxkit/tree';
import { fileSource, type FileSource } from '@nx-linuxkit/tree/layer';
import type { Environment, Log } from './environment.js';
import type { Extracted } from './extract/index.js';
import { IMAGE_ARCHIVE } from './image/archive.js';
import type { ImageFacts } from './image-facts.js';
import type { Initramfs } from './initramfs/index.js';
import { Layers } from './layers/layers.js';
import type { Bundles } from './oci-config/index.js';
import { isOutputIntact } from './output.js';
import type { ContainerNode, ImageNode, OsPlan, SegmentPlan } from './plan/os-plan.js';
import type { PlanReader } from './plan/plan-reader.js';
import { pull } from './pull/index.js';
import { PullProgress } from './pull/progress.js';
import type { Segment } from './segment/index.js';
import { VerifiedFiles } from './verified-files.js';

/**
 * The stages of one workspace, on demand: each asks for the results that it reads, and a result is made at
 * most once, by whoever asks first. Under Nx the graph has run what lies upstream, so that asking finds it;
 * by hand, asking for a format runs everything. A stage is loaded by the first who asks: a cold build's first requests
 * need not wait for the code that comes after the answers.
 */
export class Pipeline {
  readonly layers: Layers;
  readonly verified: VerifiedFiles;
  private readonly results = new Map<string, Promise<unknown>>();
  private readonly sources = new Map<string, Promise<ImageSource>>();
  private readonly files: FileSource[] = [];
  private reader: Promise<PlanReader> | undefined;
  private opened: Promise<Connections> | undefined;

  constructor(readonly environment: Environment) {
    this.layers = new Layers(environment.store);
    this.verified = new VerifiedFiles(environment.store);
  }

  /** Manifest, config and layers of an image, whichever way it comes. */
  facts(image: ImageNode, log: Log): Promise<ImageFacts> {
    return this.once(`facts ${image.root}`, async () => {
      if (image.source.kind === 'pulled') return pull(this, image, log);
      const { buildPackage } = await import('./image/index.js');
      return buildPackage(this, image, log);
    });
  }

  extract(image: ImageNode, log: Log): Promise<Extracted> {
    return this.once(`extract ${image.root}`, async () => {
      const { extract } = await import('./extract/index.js');
      return extract(this, image, log);
    });
  }

  segment(root: string, image: ImageNode, plan: SegmentPlan, log: Log): Promise<Segment> {
    return this.once(`segment ${root}`, async () => {
      const { segment } = await import('./segment/index.js');
      return segment(this, root, image, plan, log);
    });
  }

  /** For the segment's own task, whose output goes to Nx's cache: what lay there may have been damaged since. */
  async intactSegment(root: string, image: ImageNode, plan: SegmentPlan, log: Log): Promise<Segment> {
    const made = await this.segment(root, image, plan, log);
    const file = await open(this.path(made.path));
    try {
      if (await this.verified.holds(file, made)) return made;
    } finally {
      await file.close();
    }
    log(`segment ${plan.at || '/'} of ${image.id} is damaged, making it again`);
    await rm(this.path(root, 'segment'), { recursive: true, force: true });
    this.results.delete(`segment ${root}`);
    return this.segment(root, image, plan, log);
  }

  segmentOf({ root, image, segment: plan }: ContainerNode, log: Log): Promise<Segment> {
    return this.segment(root, image, plan, log);
  }

  ociConfig(plan: OsPlan, log: Log): Promise<Bundles> {
    return this.once(`oci-config ${plan.nodes}`, async () => {
      const { ociConfig } = await import('./oci-config/index.js');
      return ociConfig(this, plan, log);
    });
  }

  verify(plan: OsPlan, log: Log): Promise<void> {
    return this.once(`verify ${plan.nodes}`, async () => {
      const { verify } = await import('./verify/index.js');
      return verify(this, plan, log);
    });
  }

  initramfs(plan: OsPlan, log: Log): Promise<Initramfs> {
    return this.once(`initramfs ${plan.nodes}`, async () => {
      const { initramfs } = await import('./initramfs/index.js');
      return initramfs(this, plan, log);
    });
  }

  plans(): Promise<PlanReader> {
    return (this.reader ??= import('./plan/plan-reader.js').then(
      ({ PlanReader }) => new PlanReader(this.environment.workspaceRoot, this.environment.settings),
    ));
  }

  /** Where the bytes of an image come from when the store does not have them. */
  source(image: ImageNode): Promise<ImageSource> {
    const known = this.sources.get(image.id);
    if (known) return known;
    const opened = this.open(fetchReference(image), this.progress(image));
    this.sources.set(image.id, opened);
    return opened;
  }

  /** Long pulls say how far they are, on the terminal: a task's own log comes when it is done. */
  private progress({ source }: ImageNode): Partial<SourceOptions> {
    if (source.kind === 'package') return {};
    const progress = new PullProgress(source.from, (line) => console.error(line));
    return { onProgress: (bytes) => progress.add(bytes), onWarning: (line) => console.error(line) };
  }

  /** A place of an image, with the workspace's settings. For its owner to close, before the pipeline closes. */
  async open(reference: string, more: Partial<SourceOptions> = {}): Promise<ImageSource> {
    const { workspaceRoot: base, settings } = this.environment;
    const { mirrors, insecure } = settings;
    const connections = await this.connections();
    return openImageSource(parseReference(reference), { base, mirrors, insecure, connections, ...more });
  }

  private connections(): Promise<Connections> {
    const { workspaceRoot, settings } = this.environment;
    const caFile = settings.caFile && join(workspaceRoot, settings.caFile);
    return (this.opened ??= import('@nx-linuxkit/oci/registry').then(
      ({ Connections }) => new Connections({ caFile }),
    ));
  }

  /** A host file as a source of bytes, open from its first read until the pipeline closes. */
  file(path: string, named: { id: string; size: number }): ByteSource {
    const source = fileSource(path, named);
    this.files.push(source);
    return source;
  }

  /** Absolute path of a folder that is named relative to the workspace. */
  path(...parts: string[]): string {
    return join(this.environment.workspaceRoot, ...parts);
  }

  /** Removes the segments of an OS whose bytes are not what their seals say, so that asking makes them again. */
  async discardSegments(plan: OsPlan): Promise<void> {
    const roots = plan.containers.map(({ root }) => join(root, 'segment'));
    for (const folder of [...roots, join(plan.nodes, 'initramfs/initramfs')]) {
      if (!(await isOutputIntact(this.path(folder))))
        await rm(this.path(folder), { recursive: true, force: true });
    }
    for (const { root } of plan.containers) this.results.delete(`segment ${root}`);
    this.results.delete(`initramfs ${plan.nodes}`);
  }

  /** Waits for the stages that still run when another has failed: they read these files, and write. */
  async close(): Promise<void> {
    // Whoever asked for a result has its error.
    for (const made of this.results.values()) await made.catch(() => undefined);
    await Promise.all([...this.sources.values()].map(async (source) => (await source).close()));
    this.sources.clear();
    (await this.opened)?.close();
    await Promise.all(this.files.splice(0).map((file) => file.close()));
    await this.layers.close();
  }

  private once<T>(name: string, make: () => Promise<T>): Promise<T> {
    return once(this.results as Map<string, Promise<T>>, name, make);
  }
}

/** By digest: a tag may have moved since it was locked. */
function fetchReference({ root, source }: ImageNode): string {
  if (source.kind === 'package') return `oci-archive:${root}/image/${IMAGE_ARCHIVE}`;
  if (source.imageID) return `docker-daemon:${source.imageID}`;
  return `${source.from}@${source.digest}`;
}
