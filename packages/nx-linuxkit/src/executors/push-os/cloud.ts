import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { findPlatform, push, unpush, type CloudRequest, type PushResult } from '@nx-linuxkit/clouds';
import { fileNames, supportsPlatform } from '@nx-linuxkit/formats';
import { fileNameOf, knownFormat, readPlan, type OsIdentity } from '@nx-linuxkit/stages/plan';
import { ensureMade } from '../boot/ensure-made.js';
import { pluginOptions } from '../open-workspace.js';
import { OptionError } from '../options/error.js';
import type { PushOsOptions } from './options.js';

/**
 * Pushes one format of a system to a cloud, and writes what came of it to `push/<cloud>.json` beside the formats; or removes
 * the images of earlier pushes.
 */
export async function pushToCloud(
  os: OsIdentity,
  platform: string,
  options: PushOsOptions,
  context: ExecutorContext,
): Promise<PushResult | undefined> {
  const { keepLast, dryRun } = options;
  if (options.sign) throw refused('sign', 'a cloud keeps no signatures');
  const request: CloudRequest = {
    platform,
    system: fileNameOf(os.name),
    options: texts(options.with),
    env: process.env,
    log: console.log,
  };
  const chosen = chooseFormat(os, platform, options, context);
  if (options.unpush) {
    await unpush({ ...request, keepLast });
    return undefined;
  }
  await ensureMade(os, chosen, context);
  const format = knownFormat(chosen);
  const [name] = fileNames(format, fileNameOf(os.name));
  const result = await push({
    ...request,
    format: chosen,
    file: join(context.root, os.dist, chosen, name),
    architecture: os.platform.split('/')[1] as 'amd64' | 'arm64',
    state: join(context.root, '.linuxkit', 'push'),
    dryRun,
    keepLast,
  });
  if (result) await writeResult(join(context.root, os.dist, 'push'), platform, result);
  return result;
}

/** The format that the options name, else the best one that the YAML declares, else the best one of the cloud. */
function chooseFormat(
  os: OsIdentity,
  platform: string,
  { format: named = [] }: PushOsOptions,
  context: ExecutorContext,
): string {
  const { formats } = findPlatform(platform);
  if (named.length > 1) throw refused('format', `${platform} takes one format, got ${named.join(', ')}`);
  if (named.length === 1) return named[0];
  const { outputs } = readPlan(context.root, os, pluginOptions(context.nxJsonConfiguration));
  const fitting = formats.filter((name) => supportsPlatform(knownFormat(name), os.platform));
  return fitting.find((name) => outputs.includes(name)) ?? fitting[0] ?? formats[0];
}

async function writeResult(folder: string, platform: string, result: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${platform}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** Options of a cloud are texts; Nx makes numbers and booleans of some. */
export function texts(options: PushOsOptions['with'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

function refused(option: string, reason: string): OptionError {
  return new OptionError('bad-option', `option ${option}: ${reason}`, {
    hint: `Leave the option ${option} out.`,
  });
}
