import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@nx-linuxkit/oci';
import { CacheError } from '../error.js';
import { Front } from '../front/front.js';
import type { WorkerSettings } from '../front/messages.js';
import { Spool } from '../front/spool.js';
import { spoolFolder, type Options } from '../options.js';
import { openPlace } from '../place/parse.js';
import { Trust } from '../trust.js';

const MB = 1_000_000;

/** Checks all that was typed, and starts what answers Nx. Throws what the flags are to blame for. */
export async function startFront(options: Options, env: NodeJS.ProcessEnv): Promise<Front> {
  const settings = await settingsOf(options);
  const place = settings.to ?? '';
  const [spool, base] = await openSpool(
    spoolFolder(options, env),
    place,
    options.number('spool-size', 8000) * MB,
  );
  const adopted = settings.to === undefined ? [] : await spool.adopt(base, place).catch(() => []);
  return new Front(settings, spool, adopted);
}

async function settingsOf(options: Options): Promise<Omit<WorkerSettings, 'folder'>> {
  const to = options.text('to');
  const from = options.list('from').filter((url) => url !== to);
  if (to === undefined && from.length === 0) {
    throw new CacheError('bad-flag', 'expected --to or --from, got neither', {
      hint: 'Name a place: nx-linuxkit-cache --to oci://registry.example/acme/nx-cache -- npx nx build my-os',
    });
  }
  const settings = {
    ...(to === undefined ? {} : { to }),
    from,
    key: options.text('key'),
    requiredKeys: options.list('require-key'),
    insecure: options.list('insecure'),
    caFile: options.text('ca-file'),
    budget: options.number('budget', 20) * 1000,
    minimumRate: options.number('minimum-rate', 250_000),
  };
  for (const url of [...(to === undefined ? [] : [to]), ...from]) openPlace(url, settings).close();
  await Trust.load({ signWith: settings.key, require: settings.requiredKeys });
  return settings;
}

/** Makes the folder for what is not stored yet; where the user's own cannot be written, a temporary one. */
async function openSpool(base: string, place: string, capacity: number): Promise<[Spool, string]> {
  try {
    await makeFolder(base, 0o700);
    return [await Spool.create(base, place, capacity), base];
  } catch {
    const other = join(tmpdir(), 'nx-linuxkit-cache');
    await makeFolder(other, 0o700);
    return [await Spool.create(other, place, capacity), other];
  }
}
