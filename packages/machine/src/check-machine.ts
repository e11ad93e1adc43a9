import { regexOf } from './console-matcher.js';
import { parseDisk } from './disks.js';
import { MachineError } from './error.js';
import { httpTarget } from './http-check.js';
import { checkLan } from './lan.js';
import type { BootTestOptions } from './options.js';
import { checkNetwork, parsePort } from './ports.js';

/** The options that hold texts of their own: ports, disks and patterns. */
type MachineTexts = Pick<
  BootTestOptions,
  'publish' | 'disks' | 'network' | 'lan' | 'args' | 'expect' | 'failOn' | 'http'
>;

/**
 * Reads the texts of options before anything is built or started. Throws MachineError `invalid-option`, as `boot` and
 * `bootTest` would later.
 */
export function checkMachine(options: MachineTexts): void {
  const ports = (options.publish ?? []).map(parsePort);
  checkNetwork(options, ports);
  checkLan(options.lan);
  for (const disk of options.disks ?? []) if (typeof disk === 'string') parseDisk(disk);
  for (const check of options.http ?? []) httpTarget(check, ports);
  checkPatterns(options);
  checkArguments(options);
}

/** Refuses an option and its value in one argument: QEMU would look for an option of that whole name. */
function checkArguments({ args = [] }: MachineTexts): void {
  const joined = args.find((arg) => /^-\S+\s/.test(arg));
  if (joined === undefined) return;
  const [option, ...value] = joined.trim().split(/\s+/);
  throw new MachineError('invalid-option', `expected one word in each argument for QEMU, got "${joined}"`, {
    hint: `Give the option and its value one by one: --args=${option} --args=${value.join(' ')}.`,
  });
}

/** Refuses a regular expression that does not compile. */
function checkPatterns({ expect = [], failOn = [], http = [] }: MachineTexts): void {
  for (const pattern of [
    ...expect,
    ...failOn,
    ...http.flatMap(({ body }) => (body === undefined ? [] : [body])),
  ]) {
    if (typeof pattern === 'string' || pattern instanceof RegExp) continue;
    try {
      regexOf(pattern);
    } catch (cause) {
      const message = `expected a regular expression, got ${JSON.stringify(pattern)}`;
      throw new MachineError('invalid-option', message, { cause });
    }
  }
}
