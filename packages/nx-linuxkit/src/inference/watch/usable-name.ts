import type { Where } from '@nx-linuxkit/errors';
import { StageError } from '@nx-linuxkit/stages/plan';

/** What Nx replaces in every option of a target, wherever it stands. */
const TOKEN = /\{(workspaceRoot|projectRoot|projectName)\}/g;

/** Refuses a name that a YAML can write and no file can have: StageError `unusable-path`. */
export function checkName(name: string, where: () => Where): void {
  if (/\0|\p{Surrogate}/u.test(name))
    throw unusable(`${JSON.stringify(name)} cannot be the name of a file`, where());
}

/**
 * Refuses text that would reach a task changed, because Nx replaces the tokens of its options: StageError
 * `unusable-path`.
 */
export function checkOption(text: string, where?: Where): void {
  const [token] = text.match(TOKEN) ?? [];
  if (token === undefined) return;
  throw unusable(`Nx would replace ${withoutTokens(token)} in ${withoutTokens(text)}`, where);
}

/** The error for a name that Nx cannot hold. */
export function unusable(message: string, where?: Where): StageError {
  return new StageError('unusable-path', message, {
    where,
    hint: 'Give the file or the folder another name.',
  });
}

/** Text for an option: an unreplaceable spelling of tokens, because one of them in a message would stop all of Nx. */
export function withoutTokens(text: string): string {
  return text.replace(TOKEN, '{ $1 }');
}
