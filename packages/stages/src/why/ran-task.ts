import { posix, sep } from 'node:path';
import type { MadeBecause, MadeOutput } from '../made-output.js';
import type { ImageNode } from '../plan/image-node.js';
import { loaderImages } from '../plan/format-plan.js';
import { systemNodeName, systemNodes } from '../plan/node-names.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { StageName } from '../stages.js';
import { taskId } from './fields/tasks.js';

/** A task that made something in a build. */
export interface RanTask {
  readonly stage: StageName;
  /** The project of the task. */
  readonly project: string;
  /** The name of a format. */
  readonly format?: string;
  readonly because: MadeBecause;
  readonly milliseconds: number;
}

/** The tasks of one system among the outputs that a process has made, in the order in which they were done. */
export function tasksOf(plan: OsPlan, made: readonly MadeOutput[]): RanTask[] {
  const projects = projectsByRoot(plan);
  const dist = posixPath(plan.dist);
  return made.flatMap(({ stage, folder, format, because, milliseconds }) => {
    const path = posixPath(folder);
    const isOwnFormat = format !== undefined && (path === dist || path.startsWith(`${dist}/`));
    const project =
      stage === 'format' ? (isOwnFormat ? plan.name : undefined) : projects.get(posix.dirname(path));
    return project === undefined
      ? []
      : [{ stage, project, ...(format !== undefined && { format }), because, milliseconds }];
  });
}

/** The id of a task, as the readers of a field name it. */
export function idOf({ stage, project, format }: RanTask, system: string): string {
  if (stage === 'format') return taskId(stage, format);
  return project.startsWith(`${system}@`) || project === system ? taskId(stage) : taskId(stage, project);
}

function projectsByRoot(plan: OsPlan): Map<string, string> {
  const images = [...plan.images, ...loaderImages(plan)].flatMap(withBases);
  return new Map([
    ...images.map(({ root, id }) => [posixPath(root), id] as const),
    ...plan.segments.map(({ root, id }) => [posixPath(root), id] as const),
    ...systemNodes.map(
      (node) => [`${posixPath(plan.nodes)}/${node}`, systemNodeName(plan.name, node)] as const,
    ),
  ]);
}

function withBases(image: ImageNode): ImageNode[] {
  const { source } = image;
  const bases = source.kind === 'package' ? (source.dockerfile?.bases ?? []) : [];
  return [image, ...bases.flatMap((base) => withBases(base.image))];
}

function posixPath(path: string): string {
  return path.split(sep).join(posix.sep);
}
