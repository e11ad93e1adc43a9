import { randomUUID } from 'node:crypto';
import { madeOnce } from '../made-once.js';
import { markOf, readMark } from '../mark.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { VcenterApi } from './api.js';
import { findLibrary, ItemFiles, ITEMS } from './item-files.js';

/** An item of a library. */
interface Item {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly creation_time?: string;
  /** Bytes of all files. An item whose upload was not completed has none. */
  readonly size?: number;
}

/** Items of a content library, which machines are deployed from. */
export const openVcenter: OpenTarget = async (session) => new VcenterTarget(session, new VcenterApi(session));

class VcenterTarget implements Target {
  private libraryId = '';
  private readonly files: ItemFiles;

  constructor(
    private readonly session: Session,
    private readonly api: VcenterApi,
  ) {
    this.files = new ItemFiles(session, api);
  }

  readonly check = async (): Promise<string> => {
    const name = this.session.option('library');
    this.libraryId = await findLibrary(this.api, name);
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
    const { name, file } = wanted;
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      await this.removeRemains(wanted);
      const item = await madeOnce(
        this.session.pollInterval,
        () => this.remains(wanted),
        () => this.make(wanted),
      );
      undo.add(`the item ${item}`, () => this.delete(item));
      const update = await this.files.begin(item);
      undo.add(`the update ${update}`, async () => {
        await this.files.cancel(update);
        await wanted.state.clear();
      });
      await wanted.state.set('update', update);
      const { size, sha256 } = file;
      await this.files.send(update, {
        name: `${name}.ova`,
        size,
        sha256,
        read: () => file.parts(this.session.progress),
      });
      await this.files.complete(update, name);
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
    if (typeof update === 'string') await this.files.cancel(update);
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

  private async delete(id: string): Promise<void> {
    await this.api.send('DELETE', `${ITEMS}/${id}`, `remove the item ${id}`, { allow: [404] });
  }
}

function imageOf({ id, name, description, creation_time: created = '' }: Item): CloudImage {
  return { id, name, sha256: readMark(description)?.sha256 ?? '', created, details: {} };
}
