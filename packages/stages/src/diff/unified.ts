import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Lines around a change that are shown, as `diff -u` does. */
const CONTEXT = 3;
/** Lines removed and added. A longer diff tells a person nothing; time and memory to find it grow with the square. */
const MOST_EDITS = 1000;

/**
 * The difference of two texts in the unified form, with their names; undefined where the texts are too different. A last line
 * without a line end is marked as `diff` marks it. https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
 */
export function unifiedDiff(path: string, before: string, after: string): string | undefined {
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
    context: CONTEXT,
    maxEditLength: MOST_EDITS,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
