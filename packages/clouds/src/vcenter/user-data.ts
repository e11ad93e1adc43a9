import { createHash, randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import type { Session } from '../platform.js';
import type { VcenterApi } from './api.js';
import { findLibrary, ItemFiles, ITEMS } from './item-files.js';

/** A CD with the user data of one machine, as an item of the library. */
export interface DataCd {
  readonly item: string;
  /** Where it lies, as a machine's settings name it: `[datastore] folder/file.iso`. */
  readonly path: string;
}

/** Makes an item of a CD; `made` is told about it before its bytes are sent, so that it can be removed. */
export async function uploadDataCd(
  session: Session,
  api: VcenterApi,
  name: string,
  bytes: Uint8Array,
  made: (item: string) => void,
): Promise<DataCd> {
  const library = await findLibrary(api, session.option('library'));
  const files = new ItemFiles(session, api);
  const item = await makeItem(session, api, library, `${name}-data`);
  made(item);
  const update = await files.begin(item);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await files.send(update, { name: `${name}.iso`, size: bytes.length, sha256, read: () => [bytes] });
  await files.complete(update, `${name}-data`);
  return { item, path: await pathOf(api, library, item) };
}

/** Removes the item of a CD. */
export async function removeDataCd(api: VcenterApi, item: string): Promise<void> {
  await api.send('DELETE', `${ITEMS}/${item}`, `remove the item ${item}`, { allow: [404] });
}

/** No other machine has the name, so that an item of that name is one whose answer was lost. */
function makeItem(
  { pollInterval }: Session,
  api: VcenterApi,
  library: string,
  name: string,
): Promise<string> {
  const token = randomUUID();
  return madeOnce(
    pollInterval,
    async () => {
      const body = { name, library_id: library };
      const [found] = await api.ask<string[]>('POST', `${ITEMS}?action=find`, 'find the item', { body });
      return found;
    },
    () => {
      const body = { library_id: library, name, type: 'iso', description: 'user data of a machine' };
      const path = `${ITEMS}?client_token=${token}`;
      return api.ask<string>('POST', path, `make the item ${name}`, { body, once: true });
    },
  );
}

/** vCenter says the path of the file below its datastore, and the datastore by its id. */
async function pathOf(api: VcenterApi, library: string, item: string): Promise<string> {
  const purpose = 'find the user data';
  const [file] = await api.ask<{ storage_uris?: string[] }[]>(
    'GET',
    `${ITEMS}/storage?library_item_id=${item}`,
    purpose,
  );
  const { storage_backings: [backing] = [] } = await api.ask<{
    storage_backings?: { datastore_id?: string }[];
  }>('GET', `/content/library/${library}`, purpose);
  const below = /^ds:\/+vmfs\/volumes\/[^/]+\/([^?]+)/.exec(file?.storage_uris?.[0] ?? '')?.[1];
  if (below === undefined || !backing?.datastore_id) {
    throw new CloudError('platform-error', 'vCenter has not said where the user data lies', {
      hint: 'The library must lie on a datastore.',
    });
  }
  const datastore = await api.ask<{ name: string }>(
    'GET',
    `/vcenter/datastore/${backing.datastore_id}`,
    purpose,
  );
  return `[${datastore.name}] ${decodeURI(below)}`;
}
