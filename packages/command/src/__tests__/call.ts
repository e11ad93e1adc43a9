import { PassThrough, Readable } from 'node:stream';
import { runCommand } from '../index.js';

/** What one call of the command did. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  /** Lines about what happened, and the error. */
  readonly log: string;
}

/** Calls the command in this process, in a folder that also has its home and its cache. */
export async function call(
  folder: string,
  args: readonly string[],
  stdin: string | Buffer = '',
): Promise<Called> {
  const lines: string[] = [];
  const errors = jest.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  const stdout = new PassThrough();
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  try {
    const env = { HOME: folder, LINUXKIT_CACHE: `${folder}/cache` };
    const log = (line: string) => void lines.push(line);
    const code = await runCommand(args, {
      folder,
      env,
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout,
      log,
    });
    return { code, stdout: Buffer.concat(chunks).toString('latin1'), log: lines.join('\n') };
  } finally {
    errors.mockRestore();
  }
}
