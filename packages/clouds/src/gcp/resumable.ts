import { createHash } from 'node:crypto';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import type { Session, Wanted } from '../platform.js';

/** Bytes of one request: a multiple of 256 KiB, as Google requires. */
const CHUNK = 8 * 2 ** 20;
/** Requests in a row that may bring nothing forward. */
const ATTEMPTS = 5;

/** An upload that Google keeps for a week. */
interface Upload {
  readonly address: string;
  readonly size: number;
}

/**
 * Uploads a file to an object in one session, which an interrupted push goes on with.
 * Source: https://cloud.google.com/storage/docs/performing-resumable-uploads.
 *
 * @throws CloudError `import-failed` if the object has another MD5 than the file.
 */
export async function sendResumably(
  session: Session,
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  object: { readonly bucket: string; readonly name: string },
  { file, state }: Pick<Wanted, 'file' | 'state'>,
): Promise<void> {
  const { client, log, progress } = session;
  const noted = state.get('session');
  const address =
    typeof noted === 'string' ? noted : await startSession(session, endpoint, headers, object, file.size);
  client.hide(address);
  await state.set('session', address);
  const upload = { address, size: file.size };
  let at = typeof noted === 'string' ? await received(session, upload) : 0;
  if (at > 0) log(`goes on behind ${at} of ${file.size} bytes`);
  let failures = 0;
  while (at < file.size) {
    const end = Math.min(at + CHUNK, file.size);
    const body = await file.read(at, end);
    const next = await sendChunk(session, upload, body, at).catch(async (error: unknown) => {
      failures += 1;
      if (!mayPass(error) || failures > ATTEMPTS) throw error;
      log(`${(error as Error).message}, asking what has arrived`);
      return received(session, upload);
    });
    if (next > at) failures = 0;
    at = next;
    progress(at, file.size);
  }
  await compare(session, endpoint, headers, object, { file });
}

async function startSession(
  { client }: Session,
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  { bucket, name }: { readonly bucket: string; readonly name: string },
  size: number,
): Promise<string> {
  const query = new URLSearchParams({ uploadType: 'resumable', name });
  const answer = await client.call({
    method: 'POST',
    url: `${endpoint}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`,
    headers: {
      ...headers,
      'x-upload-content-type': 'application/gzip',
      'x-upload-content-length': `${size}`,
    },
    purpose: `begin the upload to ${bucket}`,
  });
  const { location } = answer.headers;
  if (location) return location;
  throw new CloudError('platform-error', 'Google has named no address for the upload');
}

/** Sends one chunk. Returns how many bytes of the whole have arrived. */
async function sendChunk(
  { client }: Session,
  { address, size }: Upload,
  body: Buffer,
  at: number,
): Promise<number> {
  const range = `bytes ${at}-${at + body.length - 1}/${size}`;
  const request = {
    url: address,
    headers: { 'content-range': range },
    body,
    allow: [308],
    once: true,
  } as const;
  const answer = await client.call({ method: 'PUT', ...request, purpose: `send the bytes from ${at} on` });
  return answer.status === 308 ? rangeEnd(answer.headers.range) : size;
}

/** Asks how many bytes have arrived. */
async function received({ client }: Session, { address, size }: Upload): Promise<number> {
  const headers = { 'content-range': `bytes */${size}` };
  const request = { method: 'PUT', url: address, headers, allow: [308] } as const;
  const answer = await client.call({ ...request, purpose: 'ask what has arrived' });
  return answer.status === 308 ? rangeEnd(answer.headers.range) : size;
}

/** The end of `bytes=0-524287`: 524288. Without a range nothing has arrived. */
function rangeEnd(range: string | undefined): number {
  const last = /^bytes=0-(\d+)$/.exec(range ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof CloudError && ['unreachable', 'rate-limited', 'platform-error'].includes(error.code)
  );
}

async function compare(
  { client }: Session,
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  { bucket, name }: { readonly bucket: string; readonly name: string },
  { file }: Pick<Wanted, 'file'>,
): Promise<void> {
  const url = `${endpoint}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  const answer = await client.call({ method: 'GET', url, headers, purpose: 'look at the object' });
  const { md5Hash } = objectIn<{ md5Hash?: string }>(answer, 'Google');
  const hash = createHash('md5');
  for (let at = 0; at < file.size; at += CHUNK)
    hash.update(await file.read(at, Math.min(at + CHUNK, file.size)));
  const expected = hash.digest('base64');
  if (md5Hash === expected) return;
  throw new CloudError('import-failed', `the object has the MD5 ${md5Hash}, the file ${expected}`, {
    hint: 'Run the same command again: something was damaged on the way.',
  });
}
