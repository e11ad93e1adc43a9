import { DockerfileError } from '../error.js';
import { whereOf } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import { expandTextIn, wrong } from '../plan/arguments.js';
import { absolutePath, variableOf } from './container-config.js';
import { expandWord, type Scope } from './scope.js';
import type { CopyStep } from './step.js';

/** Flags that change nothing about the result of this builder. */
const WITHOUT_EFFECT = ['link'];

/** Reads COPY and ADD. https://docs.docker.com/reference/dockerfile/#copy */
export function readCopy(scope: Scope, instruction: Instruction): CopyStep {
  const { dockerfile } = scope.plan;
  const words = (instruction.json ?? instruction.text.split(/\s+/)).filter(Boolean);
  if (words.length < 2) {
    throw wrong(
      dockerfile,
      instruction,
      `expected sources and a destination, got ${instruction.text || 'nothing'}`,
    );
  }
  const expanded = words.map((word) => (word.startsWith('<<') ? word : expandWord(scope, instruction, word)));
  const names = instruction.heredocs.map(({ name }) => name);
  const isText = (word: string) => names.some((name) => /^<<-?(["']?)/.test(word) && word.includes(name));
  return {
    kind: 'copy',
    instruction,
    sources: expanded.slice(0, -1).filter((word) => !isText(word)),
    texts: instruction.heredocs.map(({ name, text, expands }) => ({
      name,
      text: expands ? expandTextIn(dockerfile, instruction, text, (key) => lookup(scope, key)) : text,
    })),
    destination: absolutePath(scope.config, expanded[expanded.length - 1]),
    ...readFlags(scope, instruction),
    unpacks: instruction.keyword === 'ADD',
  };
}

function lookup({ config, args }: Scope, name: string): string | undefined {
  return variableOf(config, name) ?? args.get(name);
}

function readFlags(scope: Scope, instruction: Instruction): Pick<CopyStep, 'from' | 'owner' | 'mode'> {
  const { stage, plan } = scope;
  const read: { -readonly [Name in 'from' | 'owner' | 'mode']?: CopyStep[Name] } = {};
  for (const { name, value } of instruction.flags) {
    if (name === 'from') read.from = stage.from(instruction, value);
    else if (name === 'chown') read.owner = expandWord(scope, instruction, value);
    else if (name === 'chmod')
      read.mode = readMode(scope, instruction, expandWord(scope, instruction, value));
    else if (!WITHOUT_EFFECT.includes(name)) {
      throw new DockerfileError(
        'unsupported',
        `${instruction.keyword}: the flag --${name} is not supported`,
        {
          where: whereOf(plan.dockerfile, instruction),
          hint: 'Use --from, --chown, --chmod or --link only.',
        },
      );
    }
  }
  return read;
}

function readMode({ plan }: Scope, instruction: Instruction, text: string): number {
  if (/^[0-7]{1,5}$/.test(text) && parseInt(text, 8) <= 0o7777) return parseInt(text, 8);
  throw wrong(plan.dockerfile, instruction, `--chmod: expected octal digits such as 0755, got ${text}`);
}
