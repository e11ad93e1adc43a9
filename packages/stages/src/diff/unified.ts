/** Lines around a change that are shown, as `diff -u` does. */
const CONTEXT = 3;
/** Cells of the table of common lines, 4 bytes each. Texts that differ in more lines tell a person nothing. */
const MOST_CELLS = 4e6;

/** A line that both texts have, or one of them: as `diff -u` begins it. */
interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/**
 * The difference of two texts in the unified form, with their names; undefined where the texts are too different. A last line
 * without a line end is marked as `diff` marks it. The npm package `diff` does the same, and adds a megabyte to every install.
 * https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
 */
export function unifiedDiff(path: string, before: string, after: string): string | undefined {
  const edits = editsOf(linesOf(before), linesOf(after));
  if (!edits) return undefined;
  const body = hunks(edits).flatMap(({ start, end }) => hunkLines(edits, start, end));
  return [`--- a/${path}`, `+++ b/${path}`, ...body, ''].join('\n');
}

/** The lines with their line ends, so that a missing one at the end of a text is a difference. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The edits that turn one list into the other, with the most lines kept between what both begin and end with. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] | undefined {
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const [old, now] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  if (old.length * now.length > MOST_CELLS) return undefined;
  const kept = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: ' ', line }));
  return [
    ...kept(before.slice(0, head)),
    ...shortestEdits(old, now),
    ...kept(before.slice(before.length - tail)),
  ];
}

/** Walks through the table of longest common subsequences; removed lines come before added ones. */
function shortestEdits(old: readonly string[], now: readonly string[]): Edit[] {
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      common[at] =
        old[i] === now[j] ? common[at + width + 1] + 1 : Math.max(common[at + width], common[at + 1]);
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const at = i * width + j;
    if (i < old.length && j < now.length && old[i] === now[j]) {
      edits.push({ sign: ' ', line: old[i] });
      i += 1;
      j += 1;
    } else if (j === now.length || (i < old.length && common[at + width] >= common[at + 1])) {
      edits.push({ sign: '-', line: old[i] });
      i += 1;
    } else {
      edits.push({ sign: '+', line: now[j] });
      j += 1;
    }
  }
  return edits;
}

/** The ranges of edits to show: each change with its context, joined where contexts touch. */
function hunks(edits: readonly Edit[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  edits.forEach(({ sign }, i) => {
    if (sign === ' ') return;
    const [start, end] = [Math.max(0, i - CONTEXT), Math.min(edits.length, i + CONTEXT + 1)];
    const last = found.at(-1);
    if (last && start <= last.end) last.end = end;
    else found.push({ start, end });
  });
  return found;
}

function hunkLines(edits: readonly Edit[], start: number, end: number): string[] {
  const count = (to: readonly Edit[], other: Edit['sign']) => to.filter(({ sign }) => sign !== other).length;
  const range = (other: Edit['sign']) => {
    const [before, length] = [count(edits.slice(0, start), other), count(edits.slice(start, end), other)];
    const first = length === 0 ? before : before + 1;
    return length === 1 ? `${first}` : `${first},${length}`;
  };
  const lines = edits.slice(start, end).flatMap(({ sign, line }) => {
    const text = `${sign}${line.replace(/\n$/, '')}`;
    return line.endsWith('\n') ? [text] : [text, '\\ No newline at end of file'];
  });
  return [`@@ -${range('+')} +${range('-')} @@`, ...lines];
}
