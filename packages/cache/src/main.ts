import { describe } from '@nx-linuxkit/errors';
import { gc } from './commands/gc.js';
import { runCommand } from './commands/run-command.js';
import { serve } from './commands/serve.js';
import { stats } from './commands/stats.js';
import { CacheError } from './error.js';
import { help } from './help.js';
import { Options } from './options.js';
import { openPlace } from './place/parse.js';
import type { Place } from './place/place.js';

const DAY = 24 * 3600_000;
const MB = 1_000_000;

/** Statuses of a shell, for a program that does not exist and for one that may not be run. */
const SHELL_STATUS: Readonly<Record<string, number>> = { ENOENT: 127, EACCES: 126 };

/** Runs what the arguments say, and ends the process with its status. An error is one message on standard error. */
export async function main(args: readonly string[]): Promise<void> {
  // Without a listener a reader that has gone, as in `| head`, would end the process with another status.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    process.exitCode = await run(args);
  } catch (error) {
    process.stderr.write(`error: ${describe(error)}\n`);
    process.exitCode = statusOf(error);
  }
}

function statusOf(error: unknown): number {
  if (!(error instanceof CacheError) || error.code !== 'no-command') return 1;
  return SHELL_STATUS[(error.cause as NodeJS.ErrnoException | undefined)?.code ?? ''] ?? 1;
}

async function run(args: readonly string[]): Promise<number> {
  const dashes = args.indexOf('--');
  const command = dashes === -1 ? [] : args.slice(dashes + 1);
  const [first, ...rest] = dashes === -1 ? args : args.slice(0, dashes);
  const isNamed = ['serve', 'stats', 'gc'].includes(first);
  const options = isNamed
    ? Options.parse(rest, first)
    : Options.parse(first === undefined ? [] : [first, ...rest]);
  if (options.has('help') || args.length === 0) {
    process.stdout.write(help());
    return 0;
  }
  if (!isNamed) {
    if (command.length > 0) return runCommand(command, options, process.env, process.stderr);
    throw new CacheError('no-command', 'expected a command after two dashes, got none', {
      hint: 'Write it as nx-linuxkit-cache --to URL -- npx nx build my-os',
    });
  }
  if (first === 'serve') {
    await serve(options, process.env, (line) => process.stdout.write(`${line}\n`));
    return 0;
  }
  const lines = await withPlace(options, async (place) => {
    if (!(await place.isThere())) return [`${place.name} is not there: nothing has been stored in it yet`];
    return first === 'stats' ? stats(place) : gc(place, retentionOf(options));
  });
  for (const line of lines) process.stdout.write(`${line}\n`);
  return 0;
}

async function withPlace<T>(options: Options, use: (place: Place) => Promise<T>): Promise<T> {
  const url = options.text('to');
  if (url === undefined) {
    throw new CacheError('bad-flag', 'expected --to, got nothing', {
      hint: 'Name the place: --to oci://host/repository',
    });
  }
  const place = openPlace(url, {
    insecure: options.list('insecure'),
    caFile: options.text('ca-file'),
    minimumRate: options.number('minimum-rate', 250_000),
  });
  try {
    return await use(place);
  } finally {
    place.close();
  }
}

function retentionOf(options: Options) {
  const [age, size] = [options.number('older-than', NaN), options.number('larger-than', NaN)];
  return {
    ...(Number.isNaN(age) ? {} : { age: age * DAY }),
    ...(Number.isNaN(size) ? {} : { size: size * MB }),
  };
}
