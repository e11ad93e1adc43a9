import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, type Descriptor } from '@nx-linuxkit/oci';
import { listen } from './listen.js';

export interface ReferrersRegistryOptions {
  /** Referrers on one page of the answer; default: all of them. */
  readonly pageSize?: number;
  /** Without it the registry answers 404, as registries from before OCI 1.1 do; default true. */
  readonly hasReferrersApi?: boolean;
}

export interface ReferrersRegistry {
  /** `localhost:41234`: what an image reference starts with. */
  readonly host: string;
  /** Answers every request whose path contains the text with this status. */
  refuse(path: string, status: number): void;
  /** Runs before a manifest is stored under a tag; what another client does at that moment. */
  beforeTag(action: (tag: string) => Promise<void>): void;
  /** Method and path of each request. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/**
 * A registry in memory that takes pushes and has the referrers API of OCI 1.1, which Debian's docker-registry lacks.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export async function startReferrersRegistry(
  options: ReferrersRegistryOptions = {},
): Promise<ReferrersRegistry> {
  const contents = new Map<string, Stored>();
  const refused: { path: string; status: number }[] = [];
  const requests: string[] = [];
  let beforeTag: ((tag: string) => Promise<void>) | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const { method = 'GET' } = request;
    requests.push(`${method} ${url.pathname}`);
    const body = await bodyOf(request);
    const refusal = refused.find(({ path }) => url.pathname.includes(path));
    if (refusal) return void response.writeHead(refusal.status).end();
    const [, repository, kind, name] =
      /^\/v2\/(.+)\/(blobs|manifests|referrers)\/(.+)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v2/') return void response.writeHead(200).end('{}');
    if (kind === 'referrers' && options.hasReferrersApi !== false) {
      return sendReferrers(url, referrersOf(contents, repository, name), response);
    }
    if (method === 'POST') return begin(response, url.pathname);
    if (method === 'PUT' && kind === 'blobs') {
      contents.set(`/v2/${repository}/blobs/${url.searchParams.get('digest')}`, {
        bytes: body,
        mediaType: 'application/octet-stream',
      });
      return void response.writeHead(201).end();
    }
    if (method === 'PUT') {
      if (!name.startsWith('sha256:')) await beforeTag?.(name);
      const stored = { bytes: body, mediaType: request.headers['content-type'] ?? '' };
      contents.set(url.pathname, stored);
      contents.set(`/v2/${repository}/manifests/${digestOf(body)}`, stored);
      return void response.writeHead(201).end();
    }
    send(contents.get(url.pathname), method, response);
  }

  const { port, stop } = await listen((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  /** The page that `last` asks for, with a link to the next one. */
  function sendReferrers(url: URL, all: readonly Descriptor[], response: ServerResponse): void {
    const from = Number(url.searchParams.get('last') ?? 0);
    const to = from + (options.pageSize ?? all.length);
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: all.slice(from, to) };
    const link = to < all.length ? { link: `<${url.pathname}?last=${to}>; rel="next"` } : {};
    response.writeHead(200, { 'content-type': INDEX, ...link }).end(JSON.stringify(index));
  }
  return {
    host: `localhost:${port}`,
    refuse: (path, status) => void refused.push({ path, status }),
    beforeTag: (action) => void (beforeTag = action),
    requests,
    stop,
  };
}

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** In reverse order of their digests, as no client may rely on an order. */
function referrersOf(contents: ReadonlyMap<string, Stored>, repository: string, digest: string) {
  const manifests = [...contents].filter(([path]) => path.startsWith(`/v2/${repository}/manifests/sha256:`));
  return manifests
    .flatMap(([, { bytes, mediaType }]): Descriptor[] => {
      const { subject } = JSON.parse(bytes.toString()) as { subject?: { digest: string } };
      return subject?.digest === digest ? [{ mediaType, digest: digestOf(bytes), size: bytes.length }] : [];
    })
    .sort((a, b) => (a.digest < b.digest ? 1 : -1));
}

function begin(response: ServerResponse, path: string): void {
  response.writeHead(202, { location: `${path}upload` }).end();
}

function send(stored: Stored | undefined, method: string, response: ServerResponse): void {
  if (!stored) return void response.writeHead(404).end();
  const { bytes, mediaType } = stored;
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': bytes.length,
    'docker-content-digest': digestOf(bytes),
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
