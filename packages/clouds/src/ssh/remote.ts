import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CloudError } from '../error.js';

/** Characters of a program's messages that an error quotes. */
const QUOTED = 400;
/** The status of ssh itself, beside those of the command. */
const NO_CONNECTION = 255;

/** A machine that takes commands. */
export interface Remote {
  /** Runs a command of the machine's shell, and gives what it prints. `input` is its standard input. */
  run(command: string, purpose: string, input?: AsyncIterable<Uint8Array>): Promise<string>;
}

/** Reaches a machine by the program `ssh`, which never asks for a password. */
export function openRemote(
  host: string,
  config: string,
  env: Readonly<Record<string, string | undefined>>,
): Remote {
  if (host.startsWith('-')) throw new CloudError('bad-option', `host: ${JSON.stringify(host)} is no host`);
  const args = ['-o', 'BatchMode=yes', ...(config === '' ? [] : ['-F', config]), '--', host];
  return {
    async run(command, purpose, input) {
      const child = spawn('ssh', [...args, command], { env: { ...env } as NodeJS.ProcessEnv });
      const [output, errors]: string[] = ['', ''];
      const told = { output, errors };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (told.output += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        told.errors = (told.errors + text).slice(-QUOTED);
      });
      const ended = new Promise<number>((resolve, reject) => {
        child.once('error', (cause) =>
          reject(
            new CloudError('unreachable', 'the program ssh is not installed', {
              hint: 'Install it: apt-get install openssh-client.',
              cause,
            }),
          ),
        );
        child.once('close', (status) => resolve(status ?? 1));
      });
      // A command that ends early closes its input; its status and its message tell why.
      const sent = pipeline(
        Readable.from(input ?? [], { objectMode: true, highWaterMark: 2 }),
        child.stdin,
      ).catch((error: unknown) => error);
      const status = await ended;
      const failed = await sent;
      if (status === 0 && failed === undefined) return told.output;
      if (failed instanceof CloudError) throw failed;
      const said = told.errors.replace(/\s+/g, ' ').trim();
      throw new CloudError(
        status === NO_CONNECTION ? 'unreachable' : 'platform-error',
        `cannot ${purpose}: ${host} ended with status ${status}${said ? `: ${said}` : ''}`,
        status === NO_CONNECTION
          ? { hint: `Try \`ssh ${host} true\`, which has to work without a password.` }
          : {},
      );
    },
  };
}
