import { JsonApi, secretOf } from '../client/json-api.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';
import { waitFor } from '../wait.js';

/** What Hetzner is at work on. */
export interface Action {
  readonly id: number;
  readonly status: 'running' | 'success' | 'error';
  readonly error?: { readonly message?: string } | null;
}

/** A type of servers, as far as it is read. */
export interface ServerType {
  readonly name: string;
  readonly architecture: 'x86' | 'arm';
  /** GB. */
  readonly disk: number;
  readonly deprecated?: boolean;
  readonly prices: readonly {
    readonly location: string;
    readonly price_hourly: { readonly gross: string };
  }[];
}

/** The API of Hetzner Cloud: https://docs.hetzner.cloud. */
export class HetznerApi extends JsonApi {
  constructor(private readonly session: Session) {
    const token = secretOf(session, 'HCLOUD_TOKEN');
    if (token === '') {
      throw new CloudError('no-credentials', 'HCLOUD_TOKEN is not set', {
        hint: 'Make a token in the console, below Security, with the right to read and write.',
      });
    }
    const root = session.env.HCLOUD_ENDPOINT || 'https://api.hetzner.cloud/v1';
    super(session.client, 'Hetzner', root, { authorization: `Bearer ${token}` });
  }

  /** All items of a list, page after page. */
  async list<T>(path: string, key: string, query: Readonly<Record<string, string>>): Promise<T[]> {
    const all: T[] = [];
    for (let page: number | null | undefined = 1; page;) {
      const parameters = new URLSearchParams({ ...query, per_page: '50', page: `${page}` });
      const answer: Record<string, unknown> = await this.ask('GET', `${path}?${parameters}`, `list ${key}`);
      all.push(...((answer[key] as T[] | undefined) ?? []));
      const meta = answer.meta as { pagination?: { next_page?: number | null } } | undefined;
      page = meta?.pagination?.next_page;
    }
    return all;
  }

  /** Waits until an action has ended. Throws CloudError `import-failed`. */
  async done(action: Action | undefined | null, purpose: string): Promise<void> {
    if (!action) return;
    await waitFor(purpose, this.session.pollInterval, async () => {
      const { action: now } = await this.ask<{ action: Action }>('GET', `/actions/${action.id}`, purpose);
      if (now.status === 'success') return true;
      if (now.status === 'running') return undefined;
      throw new CloudError('import-failed', `cannot ${purpose}: ${now.error?.message ?? 'no reason given'}`, {
        hint: 'Run the same command again, or name another --with.location.',
      });
    });
  }

  /** Waits until all that a server was told to do has ended. */
  async settled(server: number, purpose: string): Promise<void> {
    const actions = await this.list<Action>(`/servers/${server}/actions`, 'actions', {});
    for (const action of actions) await this.done(action, purpose);
  }

  /** Lets a server do something, and waits until it is done. */
  async act(server: number, name: string, purpose: string, body: object = {}): Promise<void> {
    const path = `/servers/${server}/actions/${name}`;
    const { action } = await this.ask<{ action?: Action }>('POST', path, purpose, { body });
    await this.done(action, purpose);
  }
}

/** The type that has the smallest disk, and of those the cheapest one, since no machine of the image may have a smaller disk. */
export function smallestType(
  types: readonly ServerType[],
  { architecture, location, size }: { architecture: 'amd64' | 'arm64'; location: string; size: number },
): string {
  const price = ({ prices }: ServerType) =>
    Number(prices.find((one) => one.location === location)?.price_hourly.gross ?? Infinity);
  const fitting = types
    .filter((type) => type.architecture === (architecture === 'arm64' ? 'arm' : 'x86'))
    .filter((type) => !type.deprecated && price(type) < Infinity && type.disk * 1e9 >= size)
    .sort((a, b) => a.disk - b.disk || price(a) - price(b));
  if (fitting[0]) return fitting[0].name;
  throw new CloudError(
    'bad-option',
    `${location} has no type of servers for ${architecture} and ${size} bytes`,
    {
      hint: 'Name another --with.location, such as nbg1, hel1 or ash.',
    },
  );
}
