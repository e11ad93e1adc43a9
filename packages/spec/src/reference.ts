import { SpecError } from './error.js';

/** References that name no registry: a package, or a transport of containers-transports(5) and a path. */
const ELSEWHERE = /^(@pkg|docker-daemon|docker-archive|oci|oci-archive):(.*)$/s;

/**
 * Expands a reference as LinuxKit does: a missing host becomes docker.io, a missing organisation becomes library. No
 * tag is added. A reference that names no registry, such as `@pkg:../app`, stays as it is.
 */
export function expandReference(reference: string): string {
  if (ELSEWHERE.test(reference)) return reference;
  const [first, ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  const isHost = first === 'localhost' || /[.:]/.test(first);
  return rest.length > 1 || isHost ? reference : `docker.io/${reference}`;
}

/** Checks a reference roughly, so that a mistake is reported with its place. The `oci` package parses it in full. */
export function checkReference(reference: string): void {
  const elsewhere = ELSEWHERE.exec(reference);
  if (reference.startsWith('@') && !elsewhere) {
    throw new SpecError('bad-value', `unknown template "${reference}"`, { hint: 'Only @pkg: is known.' });
  }
  const name = elsewhere ? elsewhere[2] : reference;
  if (name === '') throw new SpecError('bad-value', `expected a reference of an image, got "${reference}"`);
  const bad = elsewhere ? /[\0\r\n]/ : /[\s\0]|:\/\//;
  if (bad.test(name))
    throw new SpecError('bad-value', `expected a reference of an image, got "${reference}"`, {
      hint: schemeHint(reference),
    });
  const [, variable] = /\$\{?(\w+)/.exec(reference) ?? [];
  // A folder or a file may have such a name; an image may not.
  const isPath = elsewhere !== null && elsewhere[1] !== 'docker-daemon';
  if (variable !== undefined && !isPath)
    throw new SpecError('bad-value', `expected a reference of an image, got "${reference}"`, {
      hint: `Give ${variable} a value in \`variables\`; without such a key nothing is replaced.`,
    });
}

function schemeHint(reference: string): string | undefined {
  const [, name] = /^[a-z]+:\/\/(\S+)$/.exec(reference) ?? [];
  return name && `Write it as ${name}.`;
}
