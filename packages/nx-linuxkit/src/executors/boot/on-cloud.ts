import { PassThrough } from 'node:stream';
import type { ExecutorContext } from '@nx/devkit';
import { findPlatform, runInstance, type RunningInstance } from '@nx-linuxkit/clouds';
import type { MachineExit } from '@nx-linuxkit/machine';
import { fileNameOf, wholeIdentity } from '@nx-linuxkit/stages/plan';
import { QUICKEST } from '../../inference/boot-targets.js';
import { OptionError } from '../options/error.js';
import { pushToCloud, texts } from '../push-os/cloud.js';
import type { BootedSystem, StartedMachine } from './bootable.js';
import { machineName } from './machine-name.js';
import { removeOnSignal } from './remove-on-signal.js';
import { userDataBytes, userDataText, type UserData } from './user-data.js';

/** What a cloud is told. */
export interface CloudOptions extends UserData {
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Pushes a system to a cloud, unless its image is there, and runs an instance of it, which is removed in the end. */
export async function startOnCloud(
  platform: string,
  { os: short, format }: BootedSystem,
  options: CloudOptions,
  context: ExecutorContext,
): Promise<StartedMachine> {
  if (short === undefined) {
    throw new OptionError('bad-option', `option system: ${platform} runs systems of the workspace alone`, {
      hint: 'Boot the target of a system, or leave the option on out.',
    });
  }
  const os = wholeIdentity(short);
  const data = await userDataText(options, context);
  const given = texts(options.with);
  const ofPush = findPlatform(platform).options.map(({ name }) => name);
  const pushed = Object.fromEntries(Object.entries(given).filter(([name]) => ofPush.includes(name)));
  const formats = format === undefined || format === QUICKEST ? undefined : [format];
  const result = await pushToCloud(os, platform, { os: short, format: formats, with: pushed }, context);
  if (!result) throw new Error('a push that is no dry run has a result');
  const { id, name, ...details } = result.image;
  const machine = machineName(fileNameOf(os.name));
  const starting = runInstance({
    platform,
    system: fileNameOf(os.name),
    options: given,
    env: process.env,
    log: console.log,
    image: { id, name, details },
    name: machine,
    architecture: os.platform.split('/')[1] as 'amd64' | 'arm64',
    ...(data !== undefined && {
      data,
      dataDisk: () => userDataBytes(options, { name: machine, text: data }),
    }),
  });
  removeOnSignal(starting);
  return machineOf(await starting);
}

/** An instance as a console needs it. What is typed goes nowhere: the APIs show a console, and take no keys. */
function machineOf(instance: RunningInstance): StartedMachine {
  let failed: Error | undefined;
  const exited = instance.exited.then(
    (): MachineExit => ({ code: 0, signal: null, stderr: '' }),
    (error: Error): MachineExit => {
      failed = error;
      return { code: 1, signal: null, stderr: error.message };
    },
  );
  const stop = async (): Promise<MachineExit> => {
    await instance.stop().catch(() => undefined);
    return exited;
  };
  const machine = { ports: [], input: new PassThrough().resume(), output: instance.output, exited, stop };
  return { machine, failure: ({ stderr }) => failed ?? new Error(stderr) };
}
