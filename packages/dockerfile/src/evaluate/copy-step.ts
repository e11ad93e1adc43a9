import type { Instruction } from '../parse/instruction.js';
import { expandTextIn, wrong } from '../plan/arguments.js';
import { absolutePath, variableOf } from './container-config.js';
import { readCopyFlags } from './copy-flags.js';
import { expandWord, type Scope } from './scope.js';
import type { CopyStep } from './step.js';

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
    ...readCopyFlags(scope, instruction),
  };
}

function lookup({ config, args }: Scope, name: string): string | undefined {
  return variableOf(config, name) ?? args.get(name);
}
