import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from './error.js';
import type { Instance, InstanceWanted } from './platform.js';
import { findPlatform, platforms } from './platforms.js';
import { openSession, type CloudRequest } from './session.js';
import { newText } from './new-text.js';

/** What runs on a cloud. */
export type InstanceRequest = CloudRequest & Omit<InstanceWanted, 'system'>;

/** An instance that runs, with its console. */
export interface RunningInstance {
  readonly id: string;
  /** What the console shows, some seconds later. Empty where the platform does not give it. */
  readonly output: Readable;
  /** Resolves when the instance is gone; rejects if the platform says no more about it. */
  readonly exited: Promise<void>;
  /** Removes the instance, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Names of the platforms on which instances run. */
export const instancePlatforms: readonly string[] = platforms
  .filter(({ loadInstance }) => loadInstance !== undefined)
  .map(({ name }) => name);

/** Makes an instance of an image, and shows its console until it ends. Throws CloudError. */
export async function runInstance(request: InstanceRequest): Promise<RunningInstance> {
  const platform = findPlatform(request.platform);
  if (!platform.loadInstance) {
    throw new CloudError('bad-option', `${platform.name}: no instances are made there`, {
      hint: `They are made on ${instancePlatforms.join(', ')}.`,
    });
  }
  const session = openSession(platform, request, [...platform.options, ...(platform.instanceOptions ?? [])]);
  try {
    const start = await platform.loadInstance();
    // Said before, so that an instance is found whose maker is killed meanwhile.
    session.log(`makes the instance ${request.name} of ${request.image.name}`);
    const instance = await start(session, request);
    session.log(`made the instance ${instance.id}`);
    return watched(instance, session);
  } catch (error) {
    session.client.close();
    throw error;
  }
}

function watched(instance: Instance, session: ReturnType<typeof openSession>): RunningInstance {
  const output = new PassThrough();
  const stopped = new AbortController();
  const exited = (async () => {
    try {
      await follow(instance, session, output, stopped.signal);
    } finally {
      await removed(instance, session).finally(() => output.end());
    }
  })();
  // The caller that stops it awaits the same promise.
  exited.catch(() => undefined);
  return {
    id: instance.id,
    output,
    exited,
    stop() {
      stopped.abort();
      return exited;
    },
  };
}

/** Removes an instance. One that stays is named, because it goes on costing money. */
async function removed(
  { id, remove }: Instance,
  { client, log }: ReturnType<typeof openSession>,
): Promise<void> {
  try {
    await remove();
    log(`removed the instance ${id}`);
  } catch (error) {
    log(`warning: the instance ${id} is left behind and goes on costing money, remove it by hand`);
    throw error;
  } finally {
    client.close();
  }
}

/** Shows what is new on the console until the instance has ended or is stopped. */
async function follow(
  { look, console: read }: Instance,
  { pollInterval, log }: ReturnType<typeof openSession>,
  output: PassThrough,
  stopped: AbortSignal,
): Promise<void> {
  let shown = '';
  let told = false;
  if (!read) log('the platform gives no console: look at it in the browser');
  while (!stopped.aborted) {
    const { isOver, address } = await look();
    if (address && !told) log(`its address is ${address}`);
    told ||= address !== undefined;
    const text =
      (await read?.().catch((error: Error) => {
        if (!isOver) throw error;
        // Some clouds show the console of a guest only while it runs.
        log(`the end of the console is missing: ${error.message}`);
      })) ?? '';
    output.write(newText(shown, text));
    shown = text || shown;
    if (isOver) return;
    await sleep(pollInterval, undefined, { signal: stopped }).catch(() => undefined);
  }
}
