import type { Readable, Writable } from 'node:stream';

/** What a command sees of the process that it runs in. */
export interface Surroundings {
  /** Absolute path of the working folder. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  /** Results alone go here, so that they can be piped. */
  readonly stdout: Writable;
  /** Takes a line about what happens. */
  readonly log: (line: string) => void;
}

/** The surroundings of this process. Lines go to standard error. */
export function processSurroundings(): Surroundings {
  const { env, stdin, stdout } = process;
  return { folder: process.cwd(), env, stdin, stdout, log: (line) => console.error(line) };
}
