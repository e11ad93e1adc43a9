import { formatWhere, type Where } from '@nx-linuxkit/errors';
import { SpecError, type SpecErrorCode } from './error.js';
import type { DocumentPath } from './model.js';

/** One fault of a document. */
export interface Problem {
  readonly code: SpecErrorCode;
  readonly message: string;
  readonly where: Where;
  readonly hint?: string;
}

/**
 * Throws one error for all problems, if there are any. Its message is the first problem in the text; each further
 * problem is a line below.
 */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const [first, ...rest] = inOrder(unique(problems));
  const lines = rest.map(
    ({ where, message, hint }) => `${formatWhere(where)}: ${message}${hint === undefined ? '' : `. ${hint}`}`,
  );
  const message = [first.message, ...lines].join('\n');
  throw new SpecError(first.code, message, { where: first.where, hint: first.hint });
}

/** Drops duplicates: a fault that several aliases lead to is reported once. */
function unique(problems: readonly Problem[]): Problem[] {
  return [
    ...new Map(problems.map((problem) => [formatWhere(problem.where) + problem.message, problem])).values(),
  ];
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ where }) => where.file))];
  const rank = ({ where }: Problem) => [files.indexOf(where.file), where.line ?? 0, where.column ?? 0];
  return [...problems].sort((a, b) => {
    const [ranksA, ranksB] = [rank(a), rank(b)];
    const differs = ranksA.findIndex((value, index) => value !== ranksB[index]);
    return differs < 0 ? 0 : ranksA[differs] - ranksB[differs];
  });
}

/** Formats a path as `services[0].resources.cpu`. */
export function formatPath(path: DocumentPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
