import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';
import { waitFor } from '../wait.js';
import type { VcenterApi } from './api.js';

/** The items of content libraries. */
export const ITEMS = '/content/library/item';
const UPDATES = `${ITEMS}/update-session`;
/** Milliseconds between two signs of life in an upload: vCenter gives one up after five minutes without. */
const SIGN_OF_LIFE = 60_000;

/** How often an update is looked at that vCenter has refused to complete: it may be at work on an earlier request. */
const LOOKS = 4;

/** An update of an item's files. */
interface Update {
  /** `ACTIVE`, `DONE`, `ERROR` or `CANCELED`. */
  readonly state?: string;
  readonly error_message?: { readonly default_message?: string };
}

/** A file for an item. */
export interface ItemFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Reads it anew for each attempt. */
  readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** The id of a local library. Throws CloudError `not-found`. */
export async function findLibrary(api: VcenterApi, name: string): Promise<string> {
  const body = { name, type: 'LOCAL' };
  const path = '/content/library?action=find';
  const [found] = await api.ask<string[]>('POST', path, 'find the library', { body });
  if (found) return found;
  throw new CloudError('not-found', `there is no local content library ${JSON.stringify(name)}`, {
    hint: `Make it: \`govc library.create ${name}\`.`,
  });
}

/** Puts files into items, by updates that vCenter takes as a whole or not at all. */
export class ItemFiles {
  constructor(
    private readonly session: Session,
    private readonly api: VcenterApi,
  ) {}

  begin(item: string): Promise<string> {
    const path = `${UPDATES}?client_token=${randomUUID()}`;
    const body = { library_item_id: item };
    return this.api.ask('POST', path, 'begin the update', { body });
  }

  async send(update: string, file: ItemFile): Promise<void> {
    const body = {
      name: file.name,
      source_type: 'PUSH',
      size: file.size,
      checksum_info: { algorithm: 'SHA256', checksum: file.sha256 },
    };
    const purpose = `send ${file.name}`;
    const added = await this.api.ask<{ upload_endpoint?: { uri?: string } }>(
      'POST',
      `${UPDATES}/${update}/file`,
      purpose,
      { body },
    );
    const address = added.upload_endpoint?.uri;
    if (!address) throw new CloudError('platform-error', 'vCenter has named no address for the upload');
    const keepAlive = () => this.api.send('POST', `${UPDATES}/${update}?action=keep-alive`, purpose);
    async function* open(): AsyncIterable<Uint8Array> {
      let last = performance.now();
      for await (const part of file.read()) {
        yield part;
        if (performance.now() - last < SIGN_OF_LIFE) continue;
        await keepAlive();
        last = performance.now();
      }
    }
    await this.api.put(address, { size: file.size, open }, purpose);
  }

  /** Ends the update, for which vCenter reads the files. */
  async complete(update: string, name: string): Promise<void> {
    const path = `${UPDATES}/${update}`;
    const purpose = `complete ${name}`;
    // A repeated request is refused if the answer to the first one was lost; the state below says what is true.
    const { status, text } = await this.api.send('POST', `${path}?action=complete`, purpose, {
      allow: [400],
    });
    let looks = 0;
    await waitFor(`the item ${name}`, this.session.pollInterval, async () => {
      const { state, error_message: error } = await this.api.ask<Update>('GET', path, purpose);
      if (state === 'DONE') return true;
      if (state === 'ACTIVE' && (status !== 400 || ++looks < LOOKS)) return undefined;
      const said = error?.default_message ?? (status === 400 ? text : 'no reason given');
      throw new CloudError('import-failed', `cannot ${purpose}: the update is ${state}: ${said}`, {
        hint: 'The tasks of vCenter say more.',
      });
    });
  }

  async cancel(update: string): Promise<void> {
    const path = `${UPDATES}/${update}`;
    await this.api.send('POST', `${path}?action=cancel`, 'cancel the update', { allow: [400, 404] });
    await this.api.send('DELETE', path, 'remove the update', { allow: [400, 404] });
  }
}
