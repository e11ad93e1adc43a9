import { execFile } from 'node:child_process';
import { StageError } from '../../error.js';

/** Time for a person to type a PIN, and for a service to answer, in milliseconds. */
const LIMIT = 5 * 60_000;
/** Bytes of the largest output: a signature of RSA with 16,384 bits has 2 KiB. */
const LARGEST = 64 << 10;

/**
 * Signs by a program, which gets the bytes on its standard input and writes the signature to its standard output.
 *
 * @throws StageError `signing-failed` where it fails, with the last line of what it says.
 */
export function signByCommand(
  command: readonly string[],
  bytes: Uint8Array,
  folder: string,
): Promise<Uint8Array> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: LIMIT, maxBuffer: LARGEST, encoding: 'buffer' } as const;
    const child = execFile(program, args, options, (error, signature, messages) => {
      if (!error && signature.length > 0) resolve(signature);
      else reject(failed(program, error, messages.toString('utf8')));
    });
    // A program that ends without reading its input is reported by its exit.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(bytes);
  });
}

function failed(program: string, error: Error | null, messages: string): StageError {
  const last = messages.trim().split('\n').at(-1);
  const { code, killed } = (error ?? {}) as { code?: number | string; killed?: boolean };
  const why = killed
    ? 'it gave no signature within five minutes'
    : error === null
      ? 'it wrote no signature to its standard output'
      : code === 'ENOENT'
        ? 'there is no such program'
        : typeof code === 'number'
          ? `it ended with status ${code}${last ? `: ${last}` : ''}`
          : error.message.split('\n')[0];
  return new StageError('signing-failed', `${program} signed nothing: ${why}`, {
    where: { file: 'nx.json' },
    hint: 'The command in `secureBoot.command` reads bytes and writes their signature: try it in a shell with `| xxd`.',
  });
}
