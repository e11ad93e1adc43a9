import { DockerfileError } from '../error.js';
import { whereOf, type Dockerfile } from '../parse/dockerfile.js';
import type { Flag, Instruction } from '../parse/instruction.js';
import { contextBelow } from './context-below.js';
import { fromNames, type Base, type BuildPlan, type PlannedStage } from '../plan/plan.js';

/** What a builder understands. */
export interface RewriteOptions {
  /**
   * Whether it is BuildKit, which knows heredocs, and images for other platforms than that of the result. Default: false.
   */
  readonly isBuildkit?: boolean;
  /** Whether it is a BuildKit that may be as old as Docker 18.09, which knows no heredocs and no `--link`. Default: false. */
  readonly isOld?: boolean;
  /** The folder of the context in which the files of the package lie. Default: they are the context. */
  readonly below?: string;
  /** The sources of COPY or ADD with their variables replaced, where they are known. Default: they are not. */
  readonly sourcesOf?: (instruction: Instruction) => readonly string[] | undefined;
}

/**
 * The Dockerfile for a builder: the stages that the result needs, each with a name of ours, on images with the names that
 * `nameOf` gives. So no builder looks for an image by itself, and directives such as `syntax` are left out.
 */
export function rewriteDockerfile(
  { dockerfile, stages, build }: BuildPlan,
  nameOf: (reference: string, platform: string) => string,
  { isBuildkit = false, isOld = !isBuildkit, below, sourcesOf = () => undefined }: RewriteOptions = {},
): string {
  const lines = dockerfile.text.split('\n');
  const linesOf = ({ line, lastLine }: Instruction) => lines.slice(line - 1, lastLine);
  const written = (stage: PlannedStage, instruction: Instruction): string[] => {
    const placed = below === undefined ? instruction : placedBelow(instruction, below);
    if (isOld && instruction.heredocs.length > 0) return [withoutHeredocs(dockerfile, stage, placed)];
    const own =
      placed === instruction ? linesOf(instruction) : changedLines(linesOf(instruction), instruction, placed);
    return isOld ? withoutLink(own) : own;
  };
  const placedBelow = (instruction: Instruction, folder: string) => {
    const sources = sourcesOf(instruction);
    return contextBelow(instruction, folder, sources && { sources, escape: dockerfile.escape });
  };
  const nameOfBase = (base: Base): string => {
    if (base.kind === 'scratch') return 'scratch';
    return base.kind === 'stage' ? stageName(base.index) : nameOf(base.reference, base.platform);
  };
  const flagOf = (base: Base): string =>
    isBuildkit && base.kind === 'image' && base.platform !== build.platform
      ? `--platform=${base.platform} `
      : '';
  const rewritten = (stage: PlannedStage, instruction: Instruction) =>
    fromNames(instruction).reduce(
      (rest, name) => rest.map((line) => replaceFrom(line, name, nameOfBase(stage.from(instruction, name)))),
      written(stage, instruction),
    );
  return [
    ...(dockerfile.escape === '`' ? ['# escape=`'] : []),
    ...dockerfile.globals.flatMap(linesOf),
    ...stages.flatMap((stage) => [
      `FROM ${flagOf(stage.base)}${nameOfBase(stage.base)} AS ${stageName(stage.text.index)}`,
      ...stage.text.instructions.flatMap((instruction) => rewritten(stage, instruction)),
    ]),
    '',
  ].join('\n');
}

/**
 * RUN with heredocs as a command that every builder knows: the shell gets the text with its heredocs, or a heredoc without a
 * command as its script. Throws DockerfileError `unsupported` for what only BuildKit can do.
 */
function withoutHeredocs(dockerfile: Dockerfile, stage: PlannedStage, instruction: Instruction): string {
  const { keyword, flags, text, heredocs, line, lastLine } = instruction;
  const isScript = /^<<-?["']?[\w.]+["']?$/.test(text);
  if (keyword !== 'RUN' || (isScript && heredocs[0].text.startsWith('#!'))) {
    const what = keyword === 'RUN' ? 'a heredoc that names its program (#!)' : 'a heredoc';
    throw new DockerfileError('unsupported', `${keyword}: ${what} needs BuildKit in a Dockerfile with RUN`, {
      where: whereOf(dockerfile, instruction),
      hint: 'Put the text into a file of the package, or set BUILDKIT_HOST.',
    });
  }
  const written = dockerfile.text
    .split('\n')
    .slice(line - 1, lastLine)
    .join('\n');
  const script = isScript ? heredocs[0].text : written.replace(/^\s*RUN\s+(--\S+\s+)*/i, '');
  const shell = stage.text.instructions.findLast((other) => other.keyword === 'SHELL' && other.line < line);
  const command = [...(shell?.json ?? ['/bin/sh', '-c']), script];
  return ['RUN', ...flags.map(flagText), JSON.stringify(command)].join(' ');
}

/** The lines of an instruction whose sources have changed: COPY and ADD are written anew, RUN keeps its command. */
function changedLines(lines: readonly string[], { flags }: Instruction, changed: Instruction): string[] {
  if (changed.keyword !== 'RUN') {
    return [[changed.keyword, ...changed.flags.map(flagText), changed.text].join(' ')];
  }
  let text = lines.join('\n');
  // Flags follow each other, and one may be the beginning of another.
  let at = 0;
  for (const [i, flag] of flags.entries()) {
    const [before, after] = [flag, changed.flags[i]].map(flagText);
    const found = text.indexOf(before, at);
    if (found === -1) continue;
    text = text.slice(0, found) + after + text.slice(found + before.length);
    at = found + after.length;
  }
  return text.split('\n');
}

/** Without the flag `--link` of COPY and ADD: it changes no file, and builders before BuildKit do not know it. */
function withoutLink([first, ...more]: readonly string[]): string[] {
  return [first.replace(/^(\s*(?:COPY|ADD)(?:\s+--\S+)*?)\s+--link(?:=\S+)?(?=\s)/i, '$1'), ...more];
}

function flagText({ name, value }: Flag): string {
  return `--${name}${value && `=${value}`}`;
}

function stageName(index: number): string {
  return `stage-${index}`;
}

/** Replaces `from=name` where it is a whole flag or a whole field of a mount. */
function replaceFrom(line: string, name: string, by: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return line.replace(new RegExp(`(--|,|=)from=${escaped}(?=[\\s,]|$)`, 'g'), `$1from=${by}`);
}
