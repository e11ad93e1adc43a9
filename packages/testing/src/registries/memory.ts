import type { IncomingMessage, ServerResponse } from 'node:http';
import { blobsOf, manifestsOf, type TestBlob, type TestImage, type TestIndex } from '../images/image.js';
import { Guard, type AuthOptions } from './auth.js';
import { applyFault, type Fault, type FaultRule } from './faults.js';
import { listen } from './listen.js';
import { RequestLog } from './requests.js';
import type { TestRegistry } from './debian.js';

/** Options of the in-memory registry. */
export interface MemoryRegistryOptions {
  /** Default: every client may pull. */
  readonly auth?: AuthOptions;
  /** Serves HTTPS with this key and certificate (PEM). */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
}

/** A registry in this process, which can be told to fail. */
export interface MemoryRegistry extends TestRegistry {
  /** Stores an image under a tag, without any request. */
  add(repository: string, tag: string, image: TestImage | TestIndex): void;
  /** Applies a fault to matching requests from now on. The first rule that matches a request counts. */
  fail(rule: FaultRule, fault: Fault): void;
  /** Removes all faults. */
  heal(): void;
  /** Returns how many connections were made so far. */
  accepted(): number;
  /** Knows the tokens that were given, if `auth` is of kind `token`. */
  readonly guard: Guard;
}

/**
 * Serves the pulling half of the distribution protocol from memory, with every fault that a client must survive or
 * report. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull
 */
export async function startMemoryRegistry(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const contents = new Map<string, TestBlob>();
  const faults: { rule: FaultRule; fault: Fault; left: number }[] = [];
  const log = new RequestLog();
  const guard = new Guard(options.auth);
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '/').split('?')[0];
    logged(log, request, response, path);
    const hit = faults.find(({ rule, left }) => left > 0 && matches(rule, request, path));
    if (hit) hit.left--;
    if (hit?.fault.beforeAuth) return applyFault(hit.fault, request, response, contents.get(path));
    if (!guard.admits(request, response, path)) return;
    if (hit) return applyFault(hit.fault, request, response, contents.get(path));
    serve(request, response, path, contents);
  };
  const { port, stop, accepted } = await listen(handler, options.tls);
  const host = `localhost:${port}`;
  guard.url = `${options.tls ? 'https' : 'http'}://${host}`;
  return {
    host,
    url: guard.url,
    log,
    guard,
    stop,
    accepted,
    add: (repository, tag, image) => {
      for (const blob of blobsOf(image))
        contents.set(`/v2/${repository}/blobs/${blob.descriptor.digest}`, blob);
      for (const blob of manifestsOf(image)) {
        contents.set(`/v2/${repository}/manifests/${blob.descriptor.digest}`, blob);
        contents.set(`/v2/${repository}/manifests/${tag}`, blob);
      }
    },
    fail: (rule, fault) => void faults.push({ rule, fault, left: rule.times ?? Infinity }),
    heal: () => void (faults.length = 0),
  };
}

function matches({ method, path: wanted }: FaultRule, request: IncomingMessage, path: string): boolean {
  if (method !== undefined && method !== request.method) return false;
  return typeof wanted === 'string' ? path.includes(wanted) : wanted.test(path);
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  contents: ReadonlyMap<string, TestBlob>,
): void {
  if (path === '/v2/') return void response.writeHead(200).end('{}');
  const blob = contents.get(path);
  if (!blob) {
    const code = path.includes('/blobs/') ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN';
    const message = code.toLowerCase().replace('_', ' ');
    return void response
      .writeHead(404, { 'content-type': 'application/json' })
      .end(JSON.stringify({ errors: [{ code, message }] }));
  }
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0 && from >= blob.bytes.length) return void response.writeHead(416).end();
  const rest = blob.bytes.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': path.includes('/blobs/') ? 'application/octet-stream' : blob.descriptor.mediaType,
    'content-length': rest.length,
    'docker-content-digest': blob.descriptor.digest,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${blob.bytes.length - 1}/${blob.bytes.length}` } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : rest);
}

/** Logs a request when its answer begins, so that the entry exists before the client has the whole body. */
function logged(log: RequestLog, request: IncomingMessage, response: ServerResponse, path: string): void {
  const { method = 'GET', headers } = request;
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    writeHead(status, ...rest);
    const length = (rest[0] as Record<string, unknown> | undefined)?.['content-length'];
    log.add({ method, path, headers, status, sent: method === 'HEAD' ? 0 : Number(length ?? 0) });
    return response;
  }) as ServerResponse['writeHead'];
}
