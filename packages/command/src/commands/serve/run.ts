import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { parseEndpoint, type RunningServer } from './endpoint.js';
import { serveHttp } from './http-server.js';
import { serveTftp } from './tftp-server.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Serves a folder until a signal comes. */
export async function run(values: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
  const servers = await startServers(values, given, around);
  await Promise.race(SIGNALS.map((signal) => once(process, signal)));
  await Promise.all(servers.map((server) => server.close()));
}

/** Starts the servers that the flags ask for. Throws CommandError for a folder that is not there and an address in use. */
export async function startServers(
  values: FlagValues,
  given: readonly string[],
  { folder, log }: Surroundings,
): Promise<RunningServer[]> {
  if (given.length > 0) {
    throw new CommandError('bad-argument', `serve takes no arguments, got ${given.join(' ')}`, {
      hint: `Name the folder by a flag: nx-linuxkit serve --directory ${given[0]}.`,
    });
  }
  const root = resolve(folder, values.text('directory') ?? '.');
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) {
    throw new CommandError('bad-argument', `directory: there is no folder ${root}`, {
      hint: 'Build the format netboot first, and name the folder with its files.',
    });
  }
  const [http, tftp] = [values.text('port') ?? ':8080', values.text('tftp')];
  const servers = [await serveHttp(root, parseEndpoint('port', http), log)];
  try {
    if (tftp !== undefined) servers.push(await serveTftp(root, parseEndpoint('tftp', tftp), log));
  } catch (error) {
    await servers[0]!.close();
    throw error;
  }
  for (const { url } of servers) log(`serves ${root} at ${url}`);
  return servers;
}
