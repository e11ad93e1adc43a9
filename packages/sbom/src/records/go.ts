import type { NamedPackage } from './record.js';

/** The modules that a go.mod requires: https://go.dev/ref/mod#go-mod-file */
export function readGoMod(text: string): NamedPackage[] {
  const lines = text.split('\n').map((line) => line.replace(/\/\/.*$/, '').trim());
  const required: string[] = [];
  let isInBlock = false;
  for (const line of lines) {
    if (/^require\s*\($/.test(line)) isInBlock = true;
    else if (line === ')') isInBlock = false;
    else if (isInBlock) required.push(line);
    else if (line.startsWith('require ')) required.push(line.slice('require '.length).trim());
  }
  return required.flatMap((line) => {
    const [, name, version] = /^"?([^\s"]+)"?\s+(v\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ type: 'golang', name, version }];
  });
}

/** What begins the part of a Go program that says what it was built from. */
const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
/** A flag: the texts follow in place, as Go writes them since 1.18. */
const INLINE = 2;
/** Bytes before the first text. */
const HEADER = 32;
/** Bytes of random text at both ends of the modules, by which Go's own tools find them. */
const SENTINEL = 16;

/**
 * The modules in the section `.go.buildinfo` of a program: its dependencies, and Go's own library as `stdlib`. Empty for
 * programs of Go before 1.18. https://pkg.go.dev/debug/buildinfo
 */
export function readGoBuildInfo(section: Buffer): NamedPackage[] {
  const at = section.indexOf(MAGIC);
  if (at < 0 || ((section[at + 15] ?? 0) & INLINE) === 0) return [];
  const version = inlineText(section, at + HEADER);
  const modules = version && inlineText(section, version.end);
  const [, go] = /^go(\d+(?:\.\d+)*\S*)/.exec(version?.text ?? '') ?? [];
  const standard: NamedPackage[] = go === undefined ? [] : [{ type: 'golang', name: 'stdlib', version: go }];
  return [...standard, ...modulesIn(modules?.text.slice(SENTINEL, -SENTINEL) ?? '')];
}

/** Lines of words that tabs separate: `dep` names a module, and `=>` below it the one that replaces it. */
function modulesIn(text: string): NamedPackage[] {
  const modules: NamedPackage[] = [];
  for (const line of text.split('\n')) {
    const [word, name, version] = line.split('\t');
    if (word === '=>') modules.pop();
    // A module that was replaced by a folder has no version, and `(devel)` is the program's own.
    const isNamed = name && version?.startsWith('v');
    if ((word === 'dep' || word === 'mod' || word === '=>') && isNamed)
      modules.push({ type: 'golang', name, version });
  }
  return modules;
}

/** A text behind its length as a varint, and where it ends. */
function inlineText(bytes: Buffer, start: number): { text: string; end: number } | undefined {
  let [size, shift, at] = [0, 0, start];
  for (;;) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) return undefined;
    size += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte < 0x80) break;
  }
  return at + size > bytes.length
    ? undefined
    : { text: bytes.toString('utf8', at, at + size), end: at + size };
}
