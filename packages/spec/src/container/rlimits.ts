import { SpecError } from '../error.js';

const NAMES =
  'CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME'.split(
    ' ',
  );

/** RLIM_INFINITY. Limits are bigints because this value is above 2^53. */
const UNLIMITED = 2n ** 64n - 1n;

/** Parses a name, a soft limit and a hard limit, such as `nofile,1024,unlimited`. */
export function parseRlimit(text: string) {
  const fields = text.split(',').map((field) => field.trim());
  if (fields.length !== 3) {
    throw new SpecError('bad-value', `expected name,soft,hard, got "${text}"`);
  }
  const name = fields[0].toUpperCase().replace(/^RLIMIT_/, '');
  if (!NAMES.includes(name)) {
    throw new SpecError('bad-value', `unknown limit "${fields[0]}"`, {
      hint: `Use one of ${NAMES.join(', ').toLowerCase()}.`,
    });
  }
  return { type: `RLIMIT_${name}`, hard: parseValue(fields[2], text), soft: parseValue(fields[1], text) };
}

function parseValue(text: string, whole: string): bigint {
  if (text.toLowerCase() === 'unlimited') return UNLIMITED;
  const value = /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value <= UNLIMITED) return value;
  throw new SpecError('bad-value', `expected a number or unlimited, got "${text}" in "${whole}"`);
}
