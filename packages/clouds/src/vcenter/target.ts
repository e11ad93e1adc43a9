import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import { markOf, readMark } from '../mark.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { VcenterApi } from './api.js';

const ITEMS = '/content/library/item';
const UPDATES = `${ITEMS}/update-session`;
/** Milliseconds between two signs of life in an upload: vCenter gives one up after five minutes without. */
const SIGN_OF_LIFE = 60_000;

/** How often an update is looked at that vCenter has refused to complete: it may be at work on an earlier request. */
const LOOKS = 4;

/** An item of a library. */
interface Item {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly creation_time?: string;
  /** Bytes of all files. An item whose upload was not completed has none. */
  readonly size?: number;
}

/** An update of an item's files. */
interface Update {
  /** `ACTIVE`, `DONE`, `ERROR` or `CANCELED`. */
  readonly state?: string;
  readonly error_message?: { readonly default_message?: string };
}

/** Items of a content library, which machines are deployed from. */
export const openVcenter: OpenTarget = async (session) => new VcenterTarget(session, new VcenterApi(session));

class VcenterTarget implements Target {
  private libraryId = '';

  constructor(
    private readonly session: Session,
    private readonly api: VcenterApi,
  ) {}

  readonly check = async (): Promise<string> => {
    const name = this.session.option('library');
    const body = { name, type: 'LOCAL' };
    const found = await this.api.ask<string[]>('POST', '/content/library?action=find', 'find the library', {
      body,
    });
    if (!found[0]) {
      throw new CloudError('not-found', `there is no local content library ${JSON.stringify(name)}`, {
        hint: `Make it: \`govc library.create ${name}\`.`,
      });
    }
    this.libraryId = found[0];
    return `${this.api.place}, library ${name}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> =>
    (await this.items())
      .filter(({ size, description }) => (size ?? 0) > 0 && readMark(description)?.system === system)
      .map(imageOf)
      .sort((a, b) => (a.created < b.created ? 1 : -1));

  readonly plan = async ({ name, file }: Wanted): Promise<string[]> => [
    `make the item ${name} in the library ${this.session.option('library')}`,
    `send ${file.size} bytes`,
  ];

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    const { name } = wanted;
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      await this.removeRemains(wanted);
      const item = await madeOnce(
        this.session.pollInterval,
        () => this.remains(wanted),
        () => this.make(wanted),
      );
      undo.add(`the item ${item}`, () => this.delete(item));
      const update = await this.begin(item);
      undo.add(`the update ${update}`, async () => {
        await this.cancel(update);
        await wanted.state.clear();
      });
      await wanted.state.set('update', update);
      await this.send(update, wanted);
      await this.complete(update, name);
      return imageOf(await this.api.ask<Item>('GET', `${ITEMS}/${item}`, `look at ${name}`));
    });
  };

  readonly remove = ({ id }: CloudImage): Promise<void> => this.delete(id);

  readonly close = (): Promise<void> => this.api.close();

  private async items(): Promise<Item[]> {
    const path = `${ITEMS}?library_id=${encodeURIComponent(this.libraryId)}`;
    const items: Item[] = [];
    for (const id of await this.api.ask<string[]>('GET', path, 'list items'))
      items.push(await this.api.ask<Item>('GET', `${ITEMS}/${id}`, 'look at an item'));
    return items;
  }

  /** The item of the same bytes that a push has made and not completed. */
  private async remains({ system, file }: Wanted): Promise<string | undefined> {
    const items = await this.items();
    return items.find(({ description }) => {
      const mark = readMark(description);
      return mark?.system === system && mark.sha256 === file.sha256;
    })?.id;
  }

  /** Removes what a killed push has left: vCenter cannot go on with a part of a file. */
  private async removeRemains(wanted: Wanted): Promise<void> {
    const update = wanted.state.get('update');
    if (typeof update === 'string') await this.cancel(update);
    const id = await this.remains(wanted);
    if (id === undefined) return;
    await this.delete(id);
    this.session.log(`removed the item ${id}, which an interrupted push has left`);
  }

  /** Makes an item without files. vCenter makes one item of one token. */
  private make(wanted: Wanted): Promise<string> {
    const { name } = wanted;
    const body = { library_id: this.libraryId, name, type: 'ovf', description: markOf(wanted) };
    const path = `${ITEMS}?client_token=${randomUUID()}`;
    return this.api.ask('POST', path, `make the item ${name}`, { body, once: true });
  }

  private begin(item: string): Promise<string> {
    const path = `${UPDATES}?client_token=${randomUUID()}`;
    const body = { library_item_id: item };
    return this.api.ask('POST', path, 'begin the update', { body });
  }

  private async send(update: string, { name, file }: Wanted): Promise<void> {
    const { progress } = this.session;
    const body = {
      name: `${name}.ova`,
      source_type: 'PUSH',
      size: file.size,
      checksum_info: { algorithm: 'SHA256', checksum: file.sha256 },
    };
    const purpose = `send ${name}.ova`;
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
      for await (const part of file.parts(progress)) {
        yield part;
        if (performance.now() - last < SIGN_OF_LIFE) continue;
        await keepAlive();
        last = performance.now();
      }
    }
    await this.api.put(address, { size: file.size, open }, purpose);
  }

  /** Ends the update, for which vCenter reads the OVA. */
  private async complete(update: string, name: string): Promise<void> {
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

  private async cancel(update: string): Promise<void> {
    const path = `${UPDATES}/${update}`;
    await this.api.send('POST', `${path}?action=cancel`, 'cancel the update', { allow: [400, 404] });
    await this.api.send('DELETE', path, 'remove the update', { allow: [400, 404] });
  }

  private async delete(id: string): Promise<void> {
    await this.api.send('DELETE', `${ITEMS}/${id}`, `remove the item ${id}`, { allow: [404] });
  }
}

function imageOf({ id, name, description, creation_time: created = '' }: Item): CloudImage {
  return { id, name, sha256: readMark(description)?.sha256 ?? '', created, details: {} };
}
