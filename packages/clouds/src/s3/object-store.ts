import { presignedUrl, signatureHeaders, type AwsCredentials } from '../aws/sign.js';
import type { Answer, CallRequest } from '../client/request.js';
import { CloudError } from '../error.js';
import { inParallel } from '../in-parallel.js';
import type { Session, Wanted } from '../platform.js';
import { elementsAt, parseXml, textAt } from '../xml/xml.js';
import { createHash } from 'node:crypto';

/** A bucket of S3, or of a service that speaks as S3 does. */
export interface Bucket {
  /** The service's address; the bucket is the first step of each path. */
  readonly endpoint: string;
  readonly region: string;
  readonly name: string;
  readonly credentials: AwsCredentials;
}

const MIB = 2 ** 20;
/** Bytes of a part, for which S3 wants 5 MiB at least. */
const PART = 8 * MIB;
/** Parts of one upload, as S3 limits them. */
const MOST_PARTS = 10_000;
/** Requests at one time. They hold 32 MiB. */
const PARALLEL = 4;

/** Puts objects into a bucket and removes them: https://docs.aws.amazon.com/AmazonS3/latest/API. */
export class ObjectStore {
  constructor(
    private readonly session: Session,
    private readonly bucket: Bucket,
  ) {
    session.client.hide(bucket.credentials.secretAccessKey);
    if (bucket.credentials.sessionToken) session.client.hide(bucket.credentials.sessionToken);
  }

  /** Looks at the bucket. Throws before a byte is sent if the keys do not open it. */
  async check(): Promise<void> {
    const purpose = `look at the bucket ${this.bucket.name}`;
    await this.call('GET', '', { 'list-type': '2', 'max-keys': '1' }, { purpose });
  }

  /**
   * Uploads a file in parts, and goes on with those that a killed push has sent. The parts' SHA-256 is signed, so that
   * the service refuses what was damaged on the way.
   */
  async put(key: string, { file, state }: Pick<Wanted, 'file' | 'state'>): Promise<void> {
    if (state.get('object') === key) return;
    const size = Math.max(PART, Math.ceil(file.size / MOST_PARTS / MIB) * MIB);
    const { uploadId, parts } = await this.upload(key, state);
    if (parts.size > 0) this.session.log(`goes on behind ${parts.size} parts of ${size} bytes`);
    const numbers = Array.from({ length: Math.max(1, Math.ceil(file.size / size)) }, (_, i) => i + 1);
    const open = numbers.filter((number) => !parts.has(number));
    await inParallel(open, PARALLEL, async (number) => {
      const body = await file.read((number - 1) * size, Math.min(number * size, file.size));
      const query = { partNumber: `${number}`, uploadId };
      const answer = await this.call('PUT', key, query, { body, purpose: `send part ${number}` });
      parts.set(number, String(answer.headers.etag ?? ''));
      this.session.progress(Math.min(parts.size * size, file.size), file.size);
    });
    await this.complete(
      key,
      uploadId,
      numbers.map((number): [number, string] => [number, parts.get(number) ?? '']),
    );
    await state.set('object', key);
  }

  /** Removes an object, and the parts of an upload that was not completed. */
  async remove(key: string, state?: Wanted['state']): Promise<void> {
    const uploadId = state?.get('upload');
    if (typeof uploadId === 'string' && state?.get('object') !== key) {
      const request = { allow: [404], purpose: `remove the parts of ${key}` };
      await this.call('DELETE', key, { uploadId }, request);
    }
    await this.call('DELETE', key, {}, { allow: [404], purpose: `remove the object ${key}` });
  }

  /** An address by which the object can be read without keys, for some seconds. It is a secret. */
  address(key: string, seconds: number): string {
    const { credentials, region } = this.bucket;
    const scope = { region, service: 's3', time: new Date() };
    const address = presignedUrl(this.url(key, {}), credentials, scope, seconds);
    this.session.client.hide(address);
    return address;
  }

  /** The upload that a killed push has noted, with the entity tags of its parts; else a new one. */
  private async upload(
    key: string,
    state: Wanted['state'],
  ): Promise<{ uploadId: string; parts: Map<number, string> }> {
    const noted = state.get('upload');
    if (typeof noted === 'string') {
      const parts = await this.parts(key, noted);
      if (parts) return { uploadId: noted, parts };
    }
    const answer = await this.call('POST', key, { uploads: '' }, { purpose: `begin the upload of ${key}` });
    const uploadId = textAt(parseXml(answer.text), 'InitiateMultipartUploadResult', 'UploadId');
    if (uploadId === '')
      throw new CloudError('platform-error', 'the object storage has begun an upload without an id');
    await state.set('upload', uploadId);
    return { uploadId, parts: new Map() };
  }

  /** The parts that have arrived. Undefined for an upload that the service has given up. */
  private async parts(key: string, uploadId: string): Promise<Map<number, string> | undefined> {
    const parts = new Map<number, string>();
    for (let marker = '0'; marker !== '';) {
      const query = { uploadId, 'part-number-marker': marker };
      const request = { allow: [404], purpose: 'ask what has arrived' };
      const answer = await this.call('GET', key, query, request);
      if (answer.status === 404) return undefined;
      const xml = parseXml(answer.text);
      for (const part of elementsAt(xml, 'ListPartsResult', 'Part'))
        parts.set(Number(textAt(part, 'PartNumber')), textAt(part, 'ETag'));
      const more = textAt(xml, 'ListPartsResult', 'IsTruncated') === 'true';
      marker = more ? textAt(xml, 'ListPartsResult', 'NextPartNumberMarker') : '';
    }
    return parts;
  }

  /** Joins the parts. S3 may answer 200 and say in the body that it has failed. */
  private async complete(key: string, uploadId: string, parts: [number, string][]): Promise<void> {
    const items = parts.map(
      ([number, etag]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replace(/"/g, '&quot;')}</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${items.join('')}</CompleteMultipartUpload>`;
    const purpose = `complete the upload of ${key}`;
    // A repeated request finds no upload if the answer to the first one was lost.
    const answer = await this.call('POST', key, { uploadId }, { body, purpose, allow: [404] });
    const failed = textAt(parseXml(answer.text), 'Error', 'Message');
    if (answer.status !== 404 && failed === '') return;
    const there = await this.call('GET', '', { 'list-type': '2', prefix: key }, { purpose });
    const keys = elementsAt(parseXml(there.text), 'ListBucketResult', 'Contents', 'Key').map(
      ({ text }) => text,
    );
    if (keys.includes(key)) return;
    throw new CloudError('import-failed', `cannot ${purpose}: ${failed || 'the upload is gone'}`, {
      hint: 'Run the same command again.',
    });
  }

  private call(
    method: CallRequest['method'],
    key: string,
    query: Readonly<Record<string, string>>,
    request: Omit<CallRequest, 'method' | 'url'>,
  ): Promise<Answer> {
    const { credentials, region } = this.bucket;
    const url = this.url(key, query);
    return this.session.client.call({ ...request, method, url }, (signable) => {
      const hash = createHash('sha256').update(signable.body).digest('hex');
      signable.headers['x-amz-content-sha256'] = hash;
      // The length is not signed: proxies may send a body in another way.
      const covered = Object.entries(signable.headers).filter(([name]) => name !== 'content-length');
      const scope = { region, service: 's3', time: new Date() };
      const signed = { ...signable, headers: Object.fromEntries(covered) };
      Object.assign(signable.headers, signatureHeaders(signed, credentials, scope));
    });
  }

  private url(key: string, query: Readonly<Record<string, string>>): URL {
    const steps = [this.bucket.name, ...(key === '' ? [] : [key])].map(encodeURIComponent);
    const url = new URL(`${this.bucket.endpoint.replace(/\/+$/, '')}/${steps.join('/')}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }
}
