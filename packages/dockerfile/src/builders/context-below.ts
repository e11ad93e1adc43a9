import { posix } from 'node:path';
import type { Flag, Instruction } from '../parse/instruction.js';
import { isRemote } from '../parse/remote-source.js';

/** What the sources of COPY and ADD stand for. */
export interface ExpandedSources {
  /** Without variables, quotes and escapes. */
  readonly sources: readonly string[];
  /** The character that escapes in the Dockerfile. */
  readonly escape: string;
}

/**
 * An instruction as it reads a build context that lies in a folder. COPY and ADD without `--from` get it in front of their
 * sources, and RUN in front of the source of a mount. `expanded` tells a source that becomes a URL, or that leads out of the
 * context, from its text. The same object for an instruction that reads no context.
 */
export function contextBelow(
  instruction: Instruction,
  folder: string,
  expanded?: ExpandedSources,
): Instruction {
  const { keyword, flags } = instruction;
  if (keyword === 'RUN') {
    const mounts = flags.map((flag) => mountBelow(flag, folder));
    return mounts.every((flag, i) => flag === flags[i]) ? instruction : { ...instruction, flags: mounts };
  }
  if (keyword !== 'COPY' && keyword !== 'ADD') return instruction;
  if (flags.some(({ name }) => name === 'from')) return instruction;
  const words = instruction.json ?? instruction.text.split(/\s+/).filter(Boolean);
  const sources = words.slice(0, -1);
  const known = expanded?.sources.length === sources.length ? expanded : undefined;
  const below = sources.map((word, i) => {
    const source = known?.sources[i] ?? word;
    if (word.startsWith('<<') || isRemote(source)) return word;
    return source === word ? sourceBelow(word, folder) : escaped(sourceBelow(source, folder), known);
  });
  const placed = [...below, ...words.slice(-1)];
  return instruction.json || placed.some((word) => /\s/.test(word))
    ? { ...instruction, json: placed, text: JSON.stringify(placed) }
    : { ...instruction, text: placed.join(' ') };
}

/** A source that leads out of the context leads to its root, as BuildKit takes it. */
function sourceBelow(source: string, folder: string): string {
  const leadsUp = source.split('/').includes('..');
  return `${folder}/${leadsUp ? posix.resolve('/', source).slice(1) : source}`;
}

/** A text as a word that stands for it: without its escapes it would have variables and quotes again. */
function escaped(text: string, { escape = '\\' }: Partial<ExpandedSources> = {}): string {
  return text.replace(/[$'"\\`]/g, (char) => ('$\'"'.includes(char) || char === escape ? escape : '') + char);
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
