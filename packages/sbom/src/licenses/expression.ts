import parseExpression from 'spdx-expression-parse';

/** A licence expression of SPDX: a licence, or two expressions that both or either hold. */
export type Expression = ReturnType<typeof parseExpression>;

/** Parses an expression; undefined for words that are no expression of licences that SPDX knows. */
export function parsed(text: string): Expression | undefined {
  try {
    return parseExpression(text);
  } catch {
    return undefined;
  }
}

/** The licences that an expression names, each as SPDX writes it: `GPL-2.0-or-later`, with its exception. */
export function licensesIn(expression: Expression): string[] {
  if (!('license' in expression)) return [...licensesIn(expression.left), ...licensesIn(expression.right)];
  const exception = expression.exception === undefined ? '' : ` WITH ${expression.exception}`;
  return [`${idOf(expression)}${exception}`];
}

/**
 * Whether an expression can be kept with licences that `isTaken` takes: one side of an OR, both sides of an AND. `isTaken`
 * gets an identifier, and the exception if there is one.
 */
export function canBeKept(
  expression: Expression,
  isTaken: (license: string, exception?: string) => boolean,
): boolean {
  if ('license' in expression) return isTaken(idOf(expression), expression.exception);
  const [left, right] = [expression.left, expression.right].map((side) => canBeKept(side, isTaken));
  return expression.conjunction === 'or' ? left || right : left && right;
}

/** The older names of GNU licences, `GPL-2.0` and `GPL-2.0+`, are those with `-only` and `-or-later`. */
function idOf({ license, plus }: { license: string; plus?: true }): string {
  if (!/^(?:A|L)?GPL-\d\.\d$|^GFDL-\d\.\d$/.test(license)) return plus ? `${license}+` : license;
  return `${license}-${plus ? 'or-later' : 'only'}`;
}
