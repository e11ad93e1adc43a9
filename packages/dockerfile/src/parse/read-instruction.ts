import { DockerfileError } from '../error.js';
import type { Flag, Heredoc, Instruction } from './instruction.js';

/** Where an instruction stands, and how its lines continue. */
interface Position {
  readonly file: string;
  readonly escape: string;
  /** Its first line, counted from 1. */
  readonly line: number;
}

/** Instructions whose flags are read; in others `--` is an argument. */
const WITH_FLAGS = ['ADD', 'COPY', 'FROM', 'HEALTHCHECK', 'RUN'];
/** Instructions that may have the JSON form. */
const WITH_JSON = ['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'];
/** Instructions that may have heredocs. */
const WITH_HEREDOCS = ['ADD', 'COPY', 'RUN'];

/** Reads one instruction out of its lines. Throws DockerfileError `bad-dockerfile`. */
export function readInstruction(lines: readonly string[], at: Position): Instruction {
  const { joined, rest } = joinLines(lines, at.escape);
  const [, word, after] = /^\s*(\S+)\s*([^]*)$/.exec(joined) ?? ['', '', ''];
  const keyword = word.toUpperCase();
  const { flags, text } = WITH_FLAGS.includes(keyword) ? splitFlags(after) : { flags: [], text: after };
  const json = WITH_JSON.includes(keyword) ? parseJson(text) : undefined;
  const heredocs = WITH_HEREDOCS.includes(keyword) && !json ? readHeredocs(text, rest, at) : [];
  if (keyword !== 'RUN' && !json) checkDelimiters(text, heredocs, at);
  return {
    keyword,
    flags,
    text: text.trim(),
    ...(json && { json }),
    heredocs,
    line: at.line,
    lastLine: at.line + lines.length - 1,
  };
}

/** Joins the lines of an instruction, and leaves those of its heredocs. Comments and empty lines in between are dropped. */
function joinLines(
  lines: readonly string[],
  escape: string,
): { readonly joined: string; readonly rest: readonly string[] } {
  const continued = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  let joined = '';
  for (const [i, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, '');
    if (i > 0 && (/^\s*#/.test(line) || line.trim() === '')) continue;
    if (!continued.test(line)) return { joined: joined + line, rest: lines.slice(i + 1) };
    joined += line.replace(continued, '');
  }
  return { joined, rest: [] };
}

function splitFlags(text: string): { readonly flags: Flag[]; readonly text: string } {
  const flags: Flag[] = [];
  let rest = text;
  for (;;) {
    const match = /^--([a-zA-Z][\w-]*)(?:=(\S*))?(?:\s+|$)/.exec(rest);
    if (!match) return { flags, text: rest };
    flags.push({ name: match[1], value: match[2] ?? '' });
    rest = rest.slice(match[0].length);
  }
}

/** The JSON form is a list of strings; anything else is taken as a line of words, as docker does. */
function parseJson(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A shell may have `<<` in a RUN; elsewhere it begins the delimiter of a heredoc. Throws DockerfileError. */
function checkDelimiters(text: string, heredocs: readonly Heredoc[], { file, line }: Position): void {
  const begun = [...text.matchAll(/(?:^|\s)<<-?(\S+)/g)];
  if (begun.length === heredocs.length) return;
  const known = heredocs.map(({ name }) => name);
  const delimiter = begun.map(([, word]) => word).find((word) => !known.includes(word.replace(/["']/g, '')));
  throw new DockerfileError('unsupported', `the delimiter <<${delimiter} is not supported`, {
    where: { file, line },
    hint: 'Write a word of letters, digits, dots and _, such as <<EOF, and name the file in the destination.',
  });
}

function readHeredocs(text: string, lines: readonly string[], { file, line }: Position): Heredoc[] {
  const openings = [...text.matchAll(/(?:^|\s)<<(-?)(["']?)([a-zA-Z_][\w.]*)\2(?=\s|$)/g)];
  let from = 0;
  return openings.map(([, dash, quote, name]) => {
    const strip = (written: string) => {
      const clean = written.replace(/\r$/, '');
      return dash ? clean.replace(/^\t+/, '') : clean;
    };
    const end = lines.findIndex((written, i) => i >= from && strip(written) === name);
    if (end === -1) {
      throw new DockerfileError('bad-dockerfile', `the text <<${name} has no end: expected a line ${name}`, {
        where: { file, line },
      });
    }
    const body = lines.slice(from, end).map((written) => `${strip(written)}\n`);
    from = end + 1;
    return { name, text: body.join(''), expands: quote === '' };
  });
}
