import { printable } from '@nx-linuxkit/errors';
import { stageNames } from '../stages.js';
import { formatTargetName, targetName, type TargetNaming } from '../plan/target-names.js';
import type { Change, Why } from './explain.js';
import type { RanTask } from './ran-task.js';

/** What a task found that made its output although nothing that it reads has changed. */
const FOUND: Readonly<Record<RanTask['because'], string>> = {
  absent: 'no output was there',
  'other-inputs': 'the output there was of other inputs',
  unusable: 'the output there was damaged or is not trusted',
  asked: 'no cache had it',
};

/** Nodes that a line names one by one. */
const NAMED = 4;

/** Says for a person why the last build of a system made something. */
export function whyLines(
  { system, platform, at, since, changes, others }: Why,
  naming: TargetNaming,
): string[] {
  const heading = `${system} for ${platform}: the last build that made something ended at ${at}`;
  const list = (tasks: readonly RanTask[]) => taskNames(tasks, system, naming);
  if (since === undefined) {
    return [
      heading,
      'It is the first one that the store knows, so there is nothing to compare it with.',
      `made: ${list(others)}`,
    ];
  }
  const lines = [
    heading,
    changes.length > 0
      ? `What has changed since the one before it, which ended at ${since}:`
      : `No input has changed since the one before it, which ended at ${since}.`,
    ...changes.map(
      (change) => `  ${nameOf(change)} ${change.change} -> ${list(change.tasks) || 'nothing was made'}`,
    ),
    ...Object.entries(FOUND).flatMap(([because, found]) => {
      const tasks = others.filter((task) => task.because === because);
      return tasks.length > 0 ? [`made without a change, because ${found}: ${list(tasks)}`] : [];
    }),
  ];
  return lines.map(printable);
}

/** Says which input a change is of: `services/nginx: env`. */
export function nameOf({ place, name }: Pick<Change, 'place' | 'name'>): string {
  return name === undefined || name === 'value' ? place : `${place}: ${name}`;
}

/** Names tasks by their targets, in the order of the stages; those of shared nodes with their nodes. */
function taskNames(tasks: readonly RanTask[], system: string, naming: TargetNaming): string {
  const projects = new Map<string, string[]>();
  const ordered = [...tasks].sort((a, b) => stageNames.indexOf(a.stage) - stageNames.indexOf(b.stage));
  for (const task of ordered) {
    const target = targetOf(task, naming);
    projects.set(target, [...(projects.get(target) ?? []), ...(isOwn(task, system) ? [] : [task.project])]);
  }
  const named = [...projects].map(([target, list]) => {
    if (list.length > NAMED) return `${target} of ${list.length} nodes`;
    return [target, ...list].join(' ');
  });
  return named.join(', ');
}

function isOwn({ project }: RanTask, system: string): boolean {
  return project === system || project.startsWith(`${system}@`);
}

/** The target of a task. */
export function targetOf({ stage, format }: RanTask, naming: TargetNaming): string {
  return stage === 'format' ? formatTargetName(format as string, naming) : targetName(stage, naming);
}
