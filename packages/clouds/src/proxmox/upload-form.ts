import { randomBytes } from 'node:crypto';
import type { StreamedBody } from '../client/request.js';

/**
 * A form whose last part is a file of `size` bytes, which `read` gives anew for each attempt:
 * https://www.rfc-editor.org/rfc/rfc7578.
 */
export function uploadForm(
  fields: Readonly<Record<string, string>>,
  filename: string,
  size: number,
  read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): { body: StreamedBody; headers: Record<string, string> } {
  const boundary = `nx-linuxkit-${randomBytes(16).toString('hex')}`;
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const last = `--${boundary}\r\ncontent-disposition: form-data; name="filename"; filename="${filename}"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const head = Buffer.from(parts.join('') + last);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* open(): AsyncIterable<Uint8Array> {
    yield head;
    yield* read();
    yield tail;
  }
  return {
    body: { size: head.length + size + tail.length, open },
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}
