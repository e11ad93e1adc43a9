import type { DockerfileParser as Parser } from 'dockerfile-ast';
import { DockerfileError } from '../error.js';
import type { Dockerfile, StageText } from './dockerfile.js';
import { readInstruction } from './read-instruction.js';
import type { Instruction } from './instruction.js';

const STAGE_NAME = /^[a-z][a-z0-9_.-]*$/;

/**
 * Parses a Dockerfile; `file` is its path, for messages. Throws DockerfileError `bad-dockerfile` with the line.
 * https://docs.docker.com/reference/dockerfile/
 */
export function parseDockerfile(text: string, file: string): Dockerfile {
  const nul = text.indexOf('\0');
  if (nul !== -1) throw bad('expected text, got a NUL', file, text.slice(0, nul).split('\n').length);
  const parsed = loadParser().parse(text);
  const escape = parsed.getEscapeCharacter();
  const instructions = parsed.getInstructions().map((instruction) => {
    const { start, end } = instruction.getRange();
    const lines = text.split('\n').slice(start.line, end.line + 1);
    return readInstruction(lines, { file, escape, line: start.line + 1 });
  });
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const globals = first === -1 ? instructions : instructions.slice(0, first);
  const misplaced = globals.find(({ keyword }) => keyword !== 'ARG');
  if (misplaced) {
    const { keyword, line } = misplaced;
    throw bad(`expected ARG or FROM, got ${keyword} before the first FROM`, file, line);
  }
  if (first === -1) throw bad('expected an instruction FROM, got none', file);
  return { file, text, escape, globals, stages: stagesOf(instructions.slice(first), file) };
}

function stagesOf(instructions: readonly Instruction[], file: string): StageText[] {
  const starts = instructions.flatMap(({ keyword }, i) => (keyword === 'FROM' ? [i] : []));
  return starts.map((start, index) => {
    const from = instructions[start];
    return {
      index,
      from,
      ...readFrom(from, file),
      instructions: instructions.slice(start + 1, starts[index + 1]),
    };
  });
}

function readFrom({ text, line }: Instruction, file: string): Pick<StageText, 'base' | 'name'> {
  const [base, as, name, ...rest] = text.split(/\s+/);
  if (base && as === undefined) return { base };
  if (base && as.toUpperCase() === 'AS' && name && rest.length === 0 && STAGE_NAME.test(name.toLowerCase())) {
    return { base, name: name.toLowerCase() };
  }
  throw bad(`FROM: expected an image, or an image AS a name, got ${JSON.stringify(text)}`, file, line);
}

function bad(message: string, file: string, line?: number): DockerfileError {
  return new DockerfileError('bad-dockerfile', message, { where: { file, line } });
}

/** Loads the parser with the first Dockerfile: every nx command loads this file, and most workspaces have no Dockerfile. */
function loadParser(): typeof Parser {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a build graph is made without waiting
  const { DockerfileParser } = require('dockerfile-ast') as { DockerfileParser: typeof Parser };
  return DockerfileParser;
}
