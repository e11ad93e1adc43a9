import { OciError } from '../error.js';

/** Characters. A shorter text would be found in messages by chance, and is no password. */
const SHORTEST = 3;
const MASK = '***';

/**
 * The secrets that were sent to any server. A server may echo them in its answer, and an error quotes that answer, so
 * every text that is shown passes through `redact`.
 */
export class Secrets {
  private readonly texts = new Set<string>();

  /** Adds a password or token, with the forms in which a server may echo it: base64, percent-encoded, JSON. */
  add(secret: string): void {
    if (secret.length < SHORTEST) return;
    const bytes = Buffer.from(secret);
    const base64 = bytes.toString('base64');
    const forms = [
      secret,
      base64,
      base64.replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ];
    for (const form of forms) this.texts.add(form);
  }

  /** Adds a user's password, and the two as HTTP's basic authentication sends them. */
  addUser(username: string, password: string): void {
    this.add(password);
    this.add(`${username}:${password}`);
  }

  /** Replaces every secret in a text, and the beginning of one that a shortened text ends with. */
  redact(text: string): string {
    // The longest first: a secret may contain another one.
    const known = [...this.texts].sort((a, b) => b.length - a.length);
    const masked = known.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
    return masked.includes('…') ? known.reduce(withoutBeginning, masked) : masked;
  }
}

/** Returns an error without the secrets; a cause that has one is left out, because its text is shown as well. */
export function withoutSecrets(error: unknown, secrets: Secrets): unknown {
  if (!(error instanceof OciError)) return error;
  const message = secrets.redact(error.message);
  const hint = error.hint && secrets.redact(error.hint);
  const because = error.cause instanceof Error ? error.cause.message : '';
  const clean = secrets.redact(because) === because;
  if (clean && message === error.message && hint === error.hint) return error;
  return error.reworded(message, { hint, cause: clean ? error.cause : undefined });
}

/** Replaces the longest beginning of a secret that stands before an ellipsis. */
function withoutBeginning(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= SHORTEST; length--) {
    const cut = `${secret.slice(0, length)}…`;
    if (text.includes(cut)) return text.replaceAll(cut, `${MASK}…`);
  }
  return text;
}
