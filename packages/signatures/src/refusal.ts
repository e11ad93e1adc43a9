import { SignatureError, type SignatureErrorCode } from './error.js';
import type { Look, Outcome } from './find/place.js';
import { describeAuthority, type Authority, type Rule } from './policy/policy.js';

/** Outcomes that leave open whether there is a signature. */
const UNKNOWN: readonly Outcome[] = ['no permission', 'no answer'];

/** An image that no signature vouches for: the message has a line for each place and what it gave. */
export function notConvinced(
  image: string,
  { rule, authorities }: { readonly rule: Rule; readonly authorities: readonly Authority[] },
  looks: readonly Look[],
): SignatureError {
  const code = codeOf(looks);
  const expected = authorities.map(describeAuthority).join(' or ');
  const lines = [
    `${image} ${SUMMARY[code]}; expected one by ${expected} (rule ${JSON.stringify(rule.text)}):`,
    ...looks.map(({ place, outcome, detail }) => `  ${place.name}: ${outcome}, ${detail}`),
  ];
  const cause = looks.find((look) => look.cause !== undefined && UNKNOWN.includes(look.outcome))?.cause;
  return new SignatureError(code, lines.join('\n'), { hint: HINTS[code], cause });
}

export function deniedImage(image: string, rule: Rule | undefined): SignatureError {
  const why = rule
    ? `the rule ${JSON.stringify(rule.text)} denies it`
    : 'no rule names it, and the default is deny';
  return new SignatureError('denied', `${image} is not allowed: ${why}`, {
    hint: 'Name who signs it in the option signatures.images, or use another image.',
  });
}

export function imageWithoutRule(image: string): SignatureError {
  return new SignatureError('no-rule', `trust names ${image}, and no rule says who signs it`, {
    hint: 'Add it to the option signatures.images, with a key, an identity, or "off" to let it pass unchecked.',
  });
}

type Code = SignatureErrorCode & ('unsigned' | 'untrusted' | 'unavailable');

function codeOf(looks: readonly Look[]): Code {
  if (looks.every(({ outcome }) => outcome === 'not found')) return 'unsigned';
  const isOpen = looks.every(({ outcome }) => outcome === 'not found' || UNKNOWN.includes(outcome));
  return isOpen ? 'unavailable' : 'untrusted';
}

const SUMMARY: Record<Code, string> = {
  unsigned: 'has no signature',
  untrusted: 'has no signature that convinces',
  unavailable: 'may have a signature, but not every place could be read',
};

const HINTS: Record<Code, string> = {
  unsigned: 'Sign it with `cosign sign --key`, or change its rule in the option signatures.images.',
  untrusted:
    'Check who signed it with `cosign verify`, and compare with its rule in the option signatures.images.',
  unavailable: 'Check the network and the credentials, and try again.',
};
