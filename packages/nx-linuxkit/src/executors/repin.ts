import type { ExecutorContext } from '@nx/devkit';
import { targetName, type TargetNaming } from '@nx-linuxkit/stages/plan';

/** What the command is found by. */
export type RepinContext = Pick<ExecutorContext, 'projectGraph' | 'projectName'>;

/** Projects whose target `lock` pins references. */
const LOCKS = ['linuxkit:os', 'linuxkit:package'];

/**
 * The command that pins an image anew in every system and package that is made of it, as the beginning of a hint. `node` is
 * the image's project; a system without a graph has none, and is the project that runs.
 */
export function repin(
  node: string,
  { projectGraph, projectName }: RepinContext,
  naming: TargetNaming,
): string {
  const users = projectGraph ? projectsOn(node, projectGraph) : [];
  const [name = projectName, ...others] = users;
  const lock = targetName('lock', naming);
  const command = others.length === 0 ? `nx ${lock} ${name}` : `nx run-many -t ${lock} -p ${users.join(',')}`;
  return `Run \`${command} --update\``;
}

/** The systems and packages that depend on a project, over any number of others; sorted. */
function projectsOn(node: string, { nodes, dependencies }: RepinContext['projectGraph']): string[] {
  const users = new Map<string, string[]>();
  for (const { source, target } of Object.values(dependencies).flat())
    users.set(target, [...(users.get(target) ?? []), source]);
  const seen = new Set([node]);
  for (const name of seen) for (const user of users.get(name) ?? []) seen.add(user);
  return [...seen].filter((name) => nodes[name]?.data.tags?.some((tag) => LOCKS.includes(tag))).sort();
}
