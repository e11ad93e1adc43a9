import { CommandError } from '../../../error.js';
import type { NamedPackage } from '../given-packages.js';

/** Refuses files that are not committed: their tag would name what no commit has. Throws CommandError `bad-argument`. */
export function checkPushable({ given, name }: NamedPackage): void {
  if (!name.isDirty) return;
  throw new CommandError('bad-argument', `${given} has files that are not committed, so it is not pushed`, {
    hint: 'Commit them first.',
  });
}
