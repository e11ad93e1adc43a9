import { createHash, createHmac } from 'node:crypto';

/** Keys of an account, as AWS hands them out. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a signature covers beside the request. */
export interface Scope {
  readonly region: string;
  readonly service: string;
  readonly time: Date;
}

/** A request that is to be signed. */
export interface Signable {
  readonly method: string;
  readonly url: URL;
  /** Headers that the signature covers, but for `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The hash of a body that its own checksum protects already, so that AWS does not want it signed. */
export const UNSIGNED = 'UNSIGNED-PAYLOAD';

/**
 * The headers that sign a request by AWS Signature Version 4: `x-amz-date`, the token, and `authorization`.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 */
export function signatureHeaders(
  { method, url, headers, body }: Signable,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service, time }: Scope,
): Record<string, string> {
  const stamp = stampOf(time);
  const added = {
    'x-amz-date': stamp,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const covered = canonicalHeaders({ ...headers, ...added, host: url.host });
  const names = covered.map(([name]) => name).join(';');
  const request = [
    method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...covered.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    headers['x-amz-content-sha256'] ?? sha256(body),
  ].join('\n');
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signature = signatureOf(request, stamp, scope, secretAccessKey);
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...added, authorization };
}

/**
 * An address by which anybody may read an object for some seconds, a week at most.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html.
 */
export function presignedUrl(
  url: URL,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service, time }: Scope,
  seconds: number,
): string {
  const stamp = stampOf(time);
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signed = new URL(url);
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': stamp,
    'X-Amz-Expires': `${seconds}`,
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  };
  for (const [name, value] of Object.entries(parameters)) signed.searchParams.set(name, value);
  const query = canonicalQuery(signed.searchParams);
  const request = ['GET', canonicalPath(url.pathname), query, `host:${url.host}`, '', 'host', UNSIGNED].join(
    '\n',
  );
  const signature = signatureOf(request, stamp, scope, secretAccessKey);
  return `${signed.origin}${signed.pathname}?${query}&X-Amz-Signature=${signature}`;
}

/** Signs a canonical request. */
function signatureOf(request: string, stamp: string, scope: string, secretAccessKey: string): string {
  const [date = '', ...rest] = scope.split('/');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(request)].join('\n');
  const key = rest.reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, date));
  return hmac(key, text).toString('hex');
}

/** A time as `20130524T000000Z`. */
const stampOf = (time: Date): string => time.toISOString().replace(/[-:]|\.\d{3}/g, '');

function canonicalHeaders(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Every service but S3 encodes a path once more than it is sent; an unreserved character stays as it is. */
function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
}

function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** RFC 3986: `encodeURIComponent` leaves five characters that are reserved. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
