import { DockerfileError } from '../error.js';
import { whereOf, type Dockerfile } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import { expand, expandText, ExpansionError, splitWords, type Lookup } from '../parse/words.js';

/** What the caller says about a build. */
export interface BuildArguments {
  /** Values of ARG by name: they win over defaults. */
  readonly args: Readonly<Record<string, string>>;
  /** Such as `linux/arm64`. */
  readonly platform: string;
  /** The platform on which RUN runs; default: `platform`. */
  readonly buildPlatform?: string;
}

/** The value that the caller gives an ARG; undefined without one. */
export function givenArgument({ args }: BuildArguments, name: string): string | undefined {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}

/** The variables that docker sets by itself; an instruction ARG makes them known in a stage. */
export function platformArguments({
  platform,
  buildPlatform = platform,
}: BuildArguments): Record<string, string> {
  const of = (prefix: string, text: string) => {
    const [os, architecture, variant = ''] = text.split('/');
    return [
      [`${prefix}PLATFORM`, text],
      [`${prefix}OS`, os],
      [`${prefix}ARCH`, architecture],
      [`${prefix}VARIANT`, variant],
    ];
  };
  return Object.fromEntries([...of('TARGET', platform), ...of('BUILD', buildPlatform)]) as Record<
    string,
    string
  >;
}

/** The ARGs before the first FROM, with the values that they have in FROM, and the variables of the platform. */
export function globalArguments(dockerfile: Dockerfile, build: BuildArguments): Map<string, string> {
  const known = new Map(Object.entries(platformArguments(build)));
  for (const instruction of dockerfile.globals) {
    for (const [name, value] of readArg(dockerfile, instruction, (name) => known.get(name))) {
      const chosen = givenArgument(build, name) ?? value;
      if (chosen !== undefined) known.set(name, chosen);
    }
  }
  return known;
}

/** The names that an instruction ARG declares, with their defaults. */
export function readArg(
  dockerfile: Dockerfile,
  instruction: Instruction,
  lookup: Lookup,
): [name: string, value: string | undefined][] {
  const words = splitWords(instruction.text, dockerfile.escape);
  if (words.length === 0) throw wrong(dockerfile, instruction, 'expected a name, got nothing');
  return words.map((word) => {
    const [, name, value] = /^([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    if (name === undefined) throw wrong(dockerfile, instruction, `expected NAME or NAME=value, got ${word}`);
    return [name, value === undefined ? undefined : expandIn(dockerfile, instruction, value, lookup)];
  });
}

/** Replaces the variables of a word. Throws DockerfileError `bad-dockerfile` at the instruction. */
export function expandIn(
  dockerfile: Dockerfile,
  instruction: Instruction,
  word: string,
  lookup: Lookup,
): string {
  return located(dockerfile, instruction, () => expand(word, dockerfile.escape, lookup));
}

/** Replaces the variables of a heredoc. Throws DockerfileError `bad-dockerfile` at the instruction. */
export function expandTextIn(
  dockerfile: Dockerfile,
  instruction: Instruction,
  text: string,
  lookup: Lookup,
): string {
  return located(dockerfile, instruction, () => expandText(text, dockerfile.escape, lookup));
}

function located(dockerfile: Dockerfile, instruction: Instruction, run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    throw wrong(dockerfile, instruction, error.message);
  }
}

/** The error for an instruction whose arguments are not valid. */
export function wrong(dockerfile: Dockerfile, instruction: Instruction, message: string): DockerfileError {
  return new DockerfileError('bad-dockerfile', `${instruction.keyword}: ${message}`, {
    where: whereOf(dockerfile, instruction),
  });
}
