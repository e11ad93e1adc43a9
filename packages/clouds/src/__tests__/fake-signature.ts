import { createHash, createHmac } from 'node:crypto';
import type { FakeRequest } from './fake.js';

/** What a signature has to be for. */
export interface SignedFor {
  readonly service: string;
  readonly region: string;
  readonly keys: { readonly id: string; readonly secret: string };
}

/** Checks a signature by the specification alone; returns what is wrong with it. */
export function signatureFault(
  { method, url, headers, body }: FakeRequest,
  expected: SignedFor,
): string | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const match = form.exec(headers.authorization ?? '');
  if (!match) return 'MissingAuthenticationToken';
  const [, id, date, region, named, signed, signature] = match as unknown as string[];
  if (id !== expected.keys.id) return 'InvalidClientTokenId';
  if (named !== expected.service || region !== expected.region) return 'the scope is another one';
  const names = signed!.split(';');
  if (!['host', 'x-amz-date'].every((name) => names.includes(name))) return 'host and date must be signed';
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-') && !names.includes(name))) {
    return 'every x-amz- header must be signed';
  }
  const stamp = String(headers['x-amz-date']);
  const asTime = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  if (Math.abs(Date.parse(asTime) - Date.now()) > 300_000) return 'RequestExpired';
  const hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  const hash = headers['x-amz-content-sha256'] ?? hex(body);
  if (hash !== 'UNSIGNED-PAYLOAD' && hash !== hex(body)) return 'XAmzContentSHA256Mismatch';
  const lines = names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = `${method}\n${url.pathname}\n${sortedQuery(url)}\n${lines}\n${signed}\n${hash as string}`;
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${date}/${region}/${expected.service}/aws4_request\n${hex(canonical)}`;
  let key: Buffer = Buffer.from(`AWS4${expected.keys.secret}`);
  for (const part of [date!, expected.region, expected.service, 'aws4_request', text]) {
    key = createHmac('sha256', key).update(part).digest();
  }
  return key.toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

/** Checks the signature of an address that needs no header. */
export function presignFault(url: URL, expected: SignedFor): string | undefined {
  const query = url.searchParams;
  const [id, date, region, service] = (query.get('X-Amz-Credential') ?? '').split('/');
  if (id !== expected.keys.id || region !== expected.region || service !== expected.service)
    return 'AccessDenied';
  const stamp = query.get('X-Amz-Date') ?? '';
  const seconds = Number(query.get('X-Amz-Expires'));
  if (!(seconds >= 3600 && seconds <= 7 * 86_400)) return 'the address expires too soon, or never';
  const signature = query.get('X-Amz-Signature');
  const unsigned = new URL(url);
  unsigned.searchParams.delete('X-Amz-Signature');
  const hex = (data: string): string => createHash('sha256').update(data).digest('hex');
  const canonical = `GET\n${url.pathname}\n${sortedQuery(unsigned)}\nhost:${url.host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${date}/${region}/${service}/aws4_request\n${hex(canonical)}`;
  let key: Buffer = Buffer.from(`AWS4${expected.keys.secret}`);
  for (const part of [date!, region, service, 'aws4_request', text]) {
    key = createHmac('sha256', key).update(part).digest();
  }
  return key.toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

/** The query as it is signed: sorted, with `name=` for a name alone. */
function sortedQuery(url: URL): string {
  return url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');
}
