import { formatWhere, Fault } from '@nx-linuxkit/errors';
import { Cache } from '../cache.js';
import type { FromWorker, ToWorker, WorkerSettings } from '../front/messages.js';
import { openPlace } from '../place/parse.js';
import { Trust } from '../trust.js';

/** Milliseconds. */
const SIGN_OF_LIFE = 1000;
/** Signals that a terminal or a CI sends to all processes of a run. What holds the port decides when the worker ends. */
const SENT_TO_ALL = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

void run(JSON.parse(process.argv[2]) as WorkerSettings);

/** Answers the process that holds the port, and ends with it. */
async function run(settings: WorkerSettings): Promise<void> {
  for (const signal of SENT_TO_ALL) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
  const places = openPlaces(settings);
  const opened = openCache(settings, places);
  const alive = () => {
    const all = [...(places.to ? [places.to] : []), ...places.from];
    const sum = (way: 'up' | 'down') => all.reduce((bytes, { traffic }) => bytes + traffic[way], 0);
    send({ kind: 'alive', up: sum('up'), down: sum('down') });
  };
  // What a message changes is told before its answer, so that the last line of a run has all bytes.
  process.on('message', (message: ToWorker) => void answer(opened, message, alive));
  setInterval(alive, SIGN_OF_LIFE);
  await opened;
}

function openPlaces(settings: WorkerSettings) {
  const { insecure, caFile, minimumRate } = settings;
  const open = (url: string) => openPlace(url, { insecure, caFile, minimumRate });
  return { to: settings.to === undefined ? undefined : open(settings.to), from: settings.from.map(open) };
}

async function openCache(settings: WorkerSettings, places: ReturnType<typeof openPlaces>): Promise<Cache> {
  const { key, requiredKeys, folder, budget, minimumRate } = settings;
  return Cache.open({
    ...places,
    trust: await Trust.load({ signWith: key, require: requiredKeys }),
    folder,
    budget,
    minimumRate,
    onProblem: (what, error) => send({ kind: 'problem', text: `${what}: ${messageOf(error)}` }),
  });
}

async function answer(opened: Promise<Cache>, message: ToWorker, alive: () => void): Promise<void> {
  const cache = await opened;
  switch (message.kind) {
    case 'find': {
      const path = await cache.find(message.hash);
      alive();
      return send({ kind: 'found', id: message.id, path });
    }
    case 'store': {
      const isStored = await cache.store(message.hash, message.file);
      alive();
      return send({ kind: 'stored', hash: message.hash, isStored });
    }
    case 'end':
      await cache.end();
      alive();
      return send({ kind: 'ended' });
  }
}

function send(message: FromWorker): void {
  process.send?.(message, () => undefined);
}

/** One line: it is a part of the line at the end of a run. */
function messageOf(error: unknown): string {
  const where = error instanceof Fault && error.where ? `${formatWhere(error.where)}: ` : '';
  return `${where}${error instanceof Error ? error.message : String(error)}`.split('\n')[0];
}
