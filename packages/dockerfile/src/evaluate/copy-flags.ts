import { DockerfileError } from '../error.js';
import { whereOf } from '../parse/dockerfile.js';
import type { Flag, Instruction } from '../parse/instruction.js';
import { wrong } from '../plan/arguments.js';
import { parseChecksum } from './checksum.js';
import { parseMode } from './mode.js';
import { expandWord, type Scope } from './scope.js';
import type { CopyStep } from './step.js';

/** What the flags of COPY and ADD say. */
export type CopyFlags = Pick<
  CopyStep,
  'from' | 'owner' | 'mode' | 'excludes' | 'parents' | 'checksum' | 'unpacks'
>;

type Writable = { -readonly [Name in keyof CopyFlags]: CopyFlags[Name] };

/** Reads one flag into what the flags say. */
type ReadFlag = (read: Writable, value: string, scope: Scope, instruction: Instruction) => void;

/** The flags of both instructions. */
const OF_BOTH: Readonly<Record<string, ReadFlag>> = {
  chown(read, value, scope, instruction) {
    read.owner = expandWord(scope, instruction, value);
  },
  chmod(read, value, scope, instruction) {
    const expected = 'octal digits such as 0755, or letters such as u=rwX,go=rX';
    read.mode = parsed('chmod', value, { parse: parseMode, expected }, scope, instruction);
  },
  exclude(read, value) {
    read.excludes = [...read.excludes, value];
  },
  /** Layers do not depend on each other here, with or without it. */
  link: () => undefined,
};

const FLAGS: Readonly<Record<string, Readonly<Record<string, ReadFlag>>>> = {
  COPY: {
    ...OF_BOTH,
    from(read, value, { stage }, instruction) {
      read.from = stage.from(instruction, value);
    },
    parents(read, value, scope, instruction) {
      read.parents = isOn(value, 'parents', scope, instruction);
    },
  },
  ADD: {
    ...OF_BOTH,
    checksum(read, value, scope, instruction) {
      const expected = 'sha256: and 64 digits, or sha384 or sha512';
      read.checksum = parsed('checksum', value, { parse: parseChecksum, expected }, scope, instruction);
    },
    unpack(read, value, scope, instruction) {
      read.unpacks = isOn(value, 'unpack', scope, instruction);
    },
  },
};

/** Reads the flags of COPY or ADD. Throws DockerfileError at the instruction. */
export function readCopyFlags(scope: Scope, instruction: Instruction): CopyFlags {
  const known = FLAGS[instruction.keyword];
  const read: Writable = { excludes: [], parents: false };
  for (const { name, value } of instruction.flags) {
    if (!Object.hasOwn(known, name)) throw unknownFlag(scope, instruction, name, Object.keys(known));
    known[name](read, value, scope, instruction);
  }
  return read;
}

/** What the value of a flag means, with its variables replaced. Throws DockerfileError for one that `parse` does not know. */
function parsed<Meaning>(
  name: string,
  value: string,
  { parse, expected }: { parse(text: string): Meaning | undefined; expected: string },
  scope: Scope,
  instruction: Instruction,
): Meaning {
  const text = expandWord(scope, instruction, value);
  const meaning = parse(text);
  if (meaning !== undefined) return meaning;
  throw wrong(scope.plan.dockerfile, instruction, `--${name}: expected ${expected}, got ${text}`);
}

/** `--parents` alone is on, as `--parents=true` is. */
function isOn(value: string, name: string, { plan }: Scope, instruction: Instruction): boolean {
  const text = value.toLowerCase();
  if (['', 'true', 'false'].includes(text)) return text !== 'false';
  throw wrong(plan.dockerfile, instruction, `--${name}: expected true or false, got ${value}`);
}

function unknownFlag(
  { plan }: Scope,
  instruction: Instruction,
  name: Flag['name'],
  known: readonly string[],
): DockerfileError {
  const [last, ...others] = known.map((flag) => `--${flag}`).reverse();
  return new DockerfileError('unsupported', `${instruction.keyword}: the flag --${name} is not supported`, {
    where: whereOf(plan.dockerfile, instruction),
    hint: `Use ${others.reverse().join(', ')} or ${last} only.`,
  });
}
