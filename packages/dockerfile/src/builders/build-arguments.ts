import { platformArguments } from '../plan/arguments.js';
import type { BuildPlan } from '../plan/plan.js';

/**
 * The build arguments that a builder gets: those of the caller, and of those that Docker sets by itself the ones that an ARG
 * declares, because not every builder sets them.
 */
export function buildArguments({ build, stages, dockerfile }: BuildPlan): Record<string, string> {
  const written = [...dockerfile.globals, ...stages.flatMap(({ text }) => text.instructions)];
  const declared = new Set(
    written
      .filter(({ keyword }) => keyword === 'ARG')
      .flatMap(({ text }) => text.split(/\s+/).map((word) => word.split('=')[0])),
  );
  const known = Object.entries(platformArguments(build)).filter(([name]) => declared.has(name));
  return { ...Object.fromEntries(known), ...build.args };
}

/** Arguments as `flag NAME=value` for each; `join` makes one word of a name and a value. */
export function argumentFlags(
  flag: string,
  args: Readonly<Record<string, string>>,
  join = (name: string, value: string) => `${name}=${value}`,
): string[] {
  return Object.entries(args).flatMap(([name, value]) => [flag, join(name, value)]);
}
