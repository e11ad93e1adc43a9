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
    const text = expandWord(scope, instruction, value);
    read.mode = parseMode(text);
    if (read.mode) return;
    throw wrong(
      scope.plan.dockerfile,
      instruction,
      `--chmod: expected octal digits such as 0755, or letters such as u=rwX,go=rX, got ${text}`,
    );
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
      const text = expandWord(scope, instruction, value);
      read.checksum = parseChecksum(text);
      if (read.checksum) return;
      throw wrong(
        scope.plan.dockerfile,
        instruction,
        `--checksum: expected sha256: and 64 digits, or sha384 or sha512, got ${text}`,
      );
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
