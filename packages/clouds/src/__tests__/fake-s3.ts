import { createHash } from 'node:crypto';
import { presignFault, signatureFault, type SignedFor } from './fake-signature.js';
import type { FakeAnswer, FakeRequest } from './fake.js';

const LEAST_PART = 5 * 2 ** 20;

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
}

/** A bucket of S3, which checks signatures; its parts are few, so that a list of them has pages. */
export class FakeS3 {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, Upload>();
  #next = 1;

  constructor(
    /** The path of the bucket. */
    private readonly root: string,
    private readonly signed: SignedFor,
  ) {}

  /** Objects, and uploads that nobody has completed. */
  left(): string[] {
    return [...this.objects.keys(), ...[...this.uploads.values()].map(({ key }) => `parts of ${key}`)];
  }

  /** What an address without keys leads to. */
  fetch(address: string): Buffer | undefined {
    const url = new URL(address);
    if (presignFault(url, this.signed) !== undefined) return undefined;
    return this.objects.get(decodeURIComponent(url.pathname.slice(this.root.length + 1)));
  }

  /** Answers a request, if it is one for the bucket. */
  handle(request: FakeRequest): FakeAnswer | undefined {
    const { method, url, body } = request;
    if (url.pathname !== this.root && !url.pathname.startsWith(`${this.root}/`)) return undefined;
    const refusal = signatureFault(request, this.signed);
    if (refusal) return error(403, refusal);
    const key = decodeURIComponent(url.pathname.slice(this.root.length + 1));
    const query = url.searchParams;
    if (key === '') return this.list(query.get('prefix') ?? '');
    if (query.has('uploads')) return this.begin(method, key);
    const uploadId = query.get('uploadId');
    if (uploadId === null) return this.object(method, key);
    const upload = this.uploads.get(uploadId);
    if (!upload || upload.key !== key) return error(404, 'NoSuchUpload');
    if (method === 'PUT') return this.part(upload, Number(query.get('partNumber')), body);
    if (method === 'GET') return this.parts(upload, Number(query.get('part-number-marker') ?? 0));
    if (method === 'DELETE') return this.uploads.delete(uploadId) ? { status: 204 } : {};
    return this.complete(uploadId, upload, body.toString());
  }

  private list(prefix: string): FakeAnswer {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix));
    const items = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    return { body: `<ListBucketResult>${items}</ListBucketResult>` };
  }

  private begin(method: string, key: string): FakeAnswer {
    if (method !== 'POST') return error(405, 'MethodNotAllowed');
    const id = `upload-${this.#next++}`;
    this.uploads.set(id, { key, parts: new Map() });
    return {
      body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    };
  }

  private object(method: string, key: string): FakeAnswer {
    if (method !== 'DELETE') return error(405, 'MethodNotAllowed');
    this.objects.delete(key);
    return { status: 204 };
  }

  private part(upload: Upload, number: number, body: Buffer): FakeAnswer {
    if (!(number >= 1 && number <= 10_000)) return error(400, 'InvalidArgument');
    upload.parts.set(number, body);
    return { headers: { etag: etagOf(body) } };
  }

  /** Pages of one part. */
  private parts({ parts }: Upload, marker: number): FakeAnswer {
    const after = [...parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
    const [first] = after;
    const item = first
      ? `<Part><PartNumber>${first[0]}</PartNumber><ETag>${etagOf(first[1]).replace(/"/g, '&quot;')}</ETag></Part>`
      : '';
    const more = after.length > 1;
    const next = more ? `<NextPartNumberMarker>${first![0]}</NextPartNumberMarker>` : '';
    return { body: `<ListPartsResult><IsTruncated>${more}</IsTruncated>${next}${item}</ListPartsResult>` };
  }

  private complete(id: string, { key, parts }: Upload, body: string): FakeAnswer {
    const named = [
      ...body.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>&quot;([0-9a-f]{32})&quot;<\/ETag>/g),
    ];
    const bytes = named.map(([, number]) => parts.get(Number(number)));
    const right = named.every(([, , etag], i) => bytes[i] && etagOf(bytes[i]) === `"${etag}"`);
    const inOrder = named.every(([, number], i) => Number(number) === i + 1);
    if (!right || !inOrder || named.length === 0) return error(400, 'InvalidPart');
    if (bytes.slice(0, -1).some((part) => part!.length < LEAST_PART)) return error(400, 'EntityTooSmall');
    this.uploads.delete(id);
    this.objects.set(key, Buffer.concat(bytes as Buffer[]));
    return { body: '<CompleteMultipartUploadResult/>' };
  }
}

const etagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

function error(status: number, message: string): FakeAnswer {
  return { status, body: `<Error><Code>${message}</Code><Message>${message}</Message></Error>` };
}
