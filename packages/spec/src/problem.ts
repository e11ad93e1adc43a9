import { formatWhere, type Where } from '@nx-linuxkit/errors';
import { SpecError, type SpecErrorCode } from './error.js';

/** One thing that is wrong with a document. */
export interface Problem {
  readonly code: SpecErrorCode;
  readonly message: string;
  readonly where: Where;
  readonly hint?: string;
}

/** Throws one error for all problems, if there are any: the first is its message, the others are lines below. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const [first, ...rest] = unique(problems);
  const lines = rest.map(({ where, message }) => `${formatWhere(where)}: ${message}`);
  throw new SpecError(first.code, [first.message, ...lines].join('\n'), {
    where: first.where,
    hint: first.hint,
  });
}

/** What is written once is reported once, however many aliases lead to it. */
function unique(problems: readonly Problem[]): Problem[] {
  return [
    ...new Map(problems.map((problem) => [formatWhere(problem.where) + problem.message, problem])).values(),
  ];
}

/** `services[0].resources.cpu` */
export function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
