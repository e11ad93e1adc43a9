import { createHash } from 'node:crypto';
import { madeOnce } from '../made-once.js';
import type { Session } from '../platform.js';
import type { ProxmoxApi } from './api.js';
import { uploadForm } from './upload-form.js';

/** A CD with the user data of one machine, in a storage of the node. */
export interface DataCd {
  /** The volume, as a machine's settings name it. */
  readonly volume: string;
  readonly remove: () => Promise<void>;
}

/** Uploads a CD to a storage that takes ISO images. Its name is that of the machine, which no other one has. */
export async function uploadDataCd(
  { option, pollInterval }: Session,
  api: ProxmoxApi,
  node: string,
  name: string,
  bytes: Uint8Array,
): Promise<DataCd> {
  const storage = option('data-storage');
  const at = `${node}/storage/${encodeURIComponent(storage)}`;
  const volume = `${storage}:iso/${name}.iso`;
  const isThere = async (): Promise<boolean> => {
    const files = await api.ask<{ volid: string }[]>('GET', `${at}/content?content=iso`, 'list CDs');
    return files.some(({ volid }) => volid === volume);
  };
  const checksum = createHash('sha256').update(bytes).digest('hex');
  const fields = { 'checksum-algorithm': 'sha256', checksum, content: 'iso' };
  await madeOnce(
    pollInterval,
    async () => (await isThere()) || undefined,
    async () => {
      const form = uploadForm(fields, `${name}.iso`, bytes.length, () => [bytes]);
      await api.run('POST', `${at}/upload`, `send the user data of ${name}`, { ...form, once: true });
      return true;
    },
  );
  const remove = async (): Promise<void> => {
    if (!(await isThere())) return;
    const path = `${at}/content/${encodeURIComponent(volume)}`;
    await api.run('DELETE', path, `remove the user data of ${name}`);
  };
  return { volume, remove };
}
