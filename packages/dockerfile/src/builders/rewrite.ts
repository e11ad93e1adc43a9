import type { Instruction } from '../parse/instruction.js';
import { fromNames, type Base, type BuildPlan, type PlannedStage } from '../plan/plan.js';

/**
 * The Dockerfile for a builder: the stages that the result needs, each with a name of ours, on images with the names that
 * `nameOf` gives. So no builder looks for an image by itself, and directives such as `syntax` are left out.
 */
export function rewriteDockerfile(
  { dockerfile, stages }: BuildPlan,
  nameOf: (reference: string, platform: string) => string,
): string {
  const lines = dockerfile.text.split('\n');
  const linesOf = ({ line, lastLine }: Instruction) => lines.slice(line - 1, lastLine);
  const nameOfBase = (base: Base): string => {
    if (base.kind === 'scratch') return 'scratch';
    return base.kind === 'stage' ? stageName(base.index) : nameOf(base.reference, base.platform);
  };
  const rewritten = (stage: PlannedStage, instruction: Instruction) =>
    fromNames(instruction).reduce(
      (written, name) =>
        written.map((line) => replaceFrom(line, name, nameOfBase(stage.from(instruction, name)))),
      linesOf(instruction),
    );
  return [
    ...(dockerfile.escape === '`' ? ['# escape=`'] : []),
    ...dockerfile.globals.flatMap(linesOf),
    ...stages.flatMap((stage) => [
      `FROM ${nameOfBase(stage.base)} AS ${stageName(stage.text.index)}`,
      ...stage.text.instructions.flatMap((instruction) => rewritten(stage, instruction)),
    ]),
    '',
  ].join('\n');
}

function stageName(index: number): string {
  return `stage-${index}`;
}

/** Replaces `from=name` where it is a whole flag or a whole field of a mount. */
function replaceFrom(line: string, name: string, by: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return line.replace(new RegExp(`(--|,|=)from=${escaped}(?=[\\s,]|$)`, 'g'), `$1from=${by}`);
}
