import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unifiedDiff } from './unified.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'unified-spec-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What git makes of a text and a diff. */
function patched(before: string, diff: string): string {
  writeFileSync(join(folder, 'f'), before);
  const run = (command: string, args: readonly string[], input?: string) =>
    spawnSync(command, args, { cwd: folder, input, encoding: 'utf8' });
  const { status, stderr } = run('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], diff);
  expect([status, stderr]).toEqual([0, '']);
  return run('cat', ['f']).stdout;
}

it('shows what changed with three lines around it', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${i}\n`);
  const after = lines.with(10, 'ten\n');
  expect(unifiedDiff('f', lines.join(''), after.join(''))).toBe(
    '--- a/f\n+++ b/f\n@@ -8,7 +8,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n',
  );
});

it('git applies each diff to the first text and gets the second', () => {
  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'long line\n'), { minLength: 1, maxLength: 30 })
    .chain((lines) => fc.constantFrom(lines.join(''), lines.join('').replace(/\n$/, 'x')));
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after);
      expect(patched(before, unifiedDiff('f', before, after) as string)).toBe(after);
    }),
    { numRuns: 40, seed: 1 },
  );
});

it('gives up where the texts are too different to look at', () => {
  const text = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word} ${i}\n`).join('');
  expect(unifiedDiff('f', text('a'), text('b'))).toBeUndefined();
});
