import { posix } from 'node:path';
import type { Flag, Instruction } from '../parse/instruction.js';
import { isRemote } from '../parse/remote-source.js';

/**
 * An instruction as it reads a build context that lies in a folder. COPY and ADD without `--from` get it in front of their
 * sources, and RUN in front of the source of a mount. The same object for an instruction that reads no context.
 */
export function contextBelow(instruction: Instruction, folder: string): Instruction {
  const { keyword, flags } = instruction;
  if (keyword === 'RUN') {
    const mounts = flags.map((flag) => mountBelow(flag, folder));
    return mounts.every((flag, i) => flag === flags[i]) ? instruction : { ...instruction, flags: mounts };
  }
  if (keyword !== 'COPY' && keyword !== 'ADD') return instruction;
  if (flags.some(({ name }) => name === 'from')) return instruction;
  const words = instruction.json ?? instruction.text.split(/\s+/);
  const placed = words.map((word, i) =>
    i === words.length - 1 || word.startsWith('<<') || isRemote(word) ? word : sourceBelow(word, folder),
  );
  return instruction.json
    ? { ...instruction, json: placed, text: JSON.stringify(placed) }
    : { ...instruction, text: placed.join(' ') };
}

/** A source that leads out of the context leads to its root, as BuildKit takes it. */
function sourceBelow(source: string, folder: string): string {
  const leadsUp = source.split('/').includes('..');
  return `${folder}/${leadsUp ? posix.resolve('/', source).slice(1) : source}`;
}

/** `--mount=type=bind`, which is the default type, reads the context unless it names something else by `from`. */
function mountBelow(flag: Flag, folder: string): Flag {
  if (flag.name !== 'mount') return flag;
  const fields = flag.value.split(',');
  const valueOf = (...names: string[]) =>
    fields.find((field) => names.includes(field.split('=')[0]))?.replace(/^[^=]*=/, '');
  if ((valueOf('type') ?? 'bind') !== 'bind' || valueOf('from') !== undefined) return flag;
  const source = sourceBelow(valueOf('source', 'src') ?? '', folder);
  const others = fields.filter((field) => !/^(source|src)=/.test(field));
  return { ...flag, value: [...others, `source=${source}`].join(',') };
}
