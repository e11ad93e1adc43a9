import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..');
const FOLDERS = ['packages', 'e2e', 'tools', 'images', 'examples'];
const SKIPPED = /(?:^|\/)(?:node_modules|dist|\.nx|\.linuxkit)(?:\/|$)/;

/** A sentence begins with its subject (CONTRIBUTING.md, English). These words put something else in its place. */
const UNWELCOME_WORD = /\b(Of|Whoever|None|Nobody)\b/;
const UNWELCOME = new RegExp(`(?:^|[.:;!?]\\s+)${UNWELCOME_WORD.source}`);

type CommentsOf = (text: string) => string[];

const scriptComments: CommentsOf = (text) => {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest);
  const ranges = new Map<number, ts.CommentRange>();
  const add = (found: ts.CommentRange[] = []) => found.forEach((range) => ranges.set(range.pos, range));
  const visit = (node: ts.Node): void => {
    add(ts.getLeadingCommentRanges(text, node.pos));
    add(ts.getTrailingCommentRanges(text, node.end));
    node.getChildren(source).forEach(visit);
  };
  visit(source);
  return joined(
    text,
    [...ranges.values()].sort((a, b) => a.pos - b.pos),
  );
};

/** Texts of comments; lines of `//` below each other are one. */
function joined(text: string, ranges: readonly ts.CommentRange[]): string[] {
  const comments: string[] = [];
  let end = -1;
  for (const range of ranges) {
    const words = text
      .slice(range.pos, range.end)
      .replace(/^\/\*\**|\*\/$|^\/\/+/g, '')
      .replace(/\n\s*\*/g, ' ');
    const isNext =
      range.kind === ts.SyntaxKind.SingleLineCommentTrivia && /^\n? *$/.test(text.slice(end, range.pos));
    if (end >= 0 && isNext) comments.push(`${comments.pop()} ${words}`);
    else comments.push(words);
    end = range.end;
  }
  return comments.map((words) => words.replace(/\s+/g, ' ').trim());
}

const shellComments: CommentsOf = (text) =>
  [...text.matchAll(/(?:^[ \t]*#(?!!).*\n?)+/gm)].map(([lines]) =>
    lines
      .replace(/^\s*#+/gm, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );

function commentsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  // Parsing is slow, and most files have none of the words.
  if (!UNWELCOME_WORD.test(text)) return [];
  if (/\.[cm]?[tj]s$/.test(file)) return scriptComments(text);
  return file.endsWith('.sh') || text.startsWith('#!') ? shellComments(text) : [];
}

const isScript = (file: string) => /\.(?:[cm]?[tj]s|sh)$/.test(file) || !/\.\w+$/.test(file);

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((file) => !SKIPPED.test(file) && isScript(file)),
);

test.each<[string, CommentsOf, string, string[]]>([
  ['a block', scriptComments, '/** Reads a value. */\nconst a = 1;', ['Reads a value.']],
  ['a block of lines', scriptComments, '/**\n * Reads\n * all.\n */\nconst a = 1;', ['Reads all.']],
  ['lines', scriptComments, '// Reads\n// all.\nconst a = 1;', ['Reads all.']],
  ['the end of a line', scriptComments, 'const a = 1; // The first.\n', ['The first.']],
  ['a member', scriptComments, 'interface A {\n  /** The name. */\n  b: string;\n}', ['The name.']],
  [
    'no string',
    scriptComments,
    "const a = '// one';\nconst b = `// ${'/* two */'} //`;\nconst c = /\\/\\//;",
    [],
  ],
  ['a script', shellComments, '#!/bin/sh\n# Of\n# one.\necho "# none"\n  # Two.\n', ['Of one.', 'Two.']],
])('finds the comments of %s', (_, read, text, comments) => expect(read(text)).toEqual(comments));

test.each([
  ['Of one that failed.', true],
  ['Reads it. Nobody else does.', true],
  ['None of these.', true],
  ['Whoever calls.', true],
  ['Reads the value of one.', false],
  ['Offsets of blocks.', false],
])('%s: unwelcome is %p', (comment, expected) => expect(UNWELCOME.test(comment)).toBe(expected));

test('no sentence of a comment begins with "Of", "Whoever", "None" or "Nobody"', () => {
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) =>
    commentsOf(file)
      .filter((comment) => UNWELCOME.test(comment))
      .map((comment) => `${file}: ${comment.slice(0, 100)}`),
  );
  expect(found).toEqual([]);
});
