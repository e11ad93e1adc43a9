import { Fault } from '@nx-linuxkit/errors';

/** A name that a system cannot have. */
export class FaultyName extends Fault<'bad-name' | 'exists'> {
  constructor(name: string, existing?: string) {
    if (existing === undefined) {
      super(
        'bad-name',
        `expected a name of letters, digits, dots, dashes and underscores, got ${JSON.stringify(name)}`,
      );
    } else {
      super('exists', `${existing} is there already`, { hint: 'Choose another name or directory.' });
    }
  }
}
