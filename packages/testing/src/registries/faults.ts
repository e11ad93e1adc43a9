import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestBlob } from '../images/image.js';

/** Which requests a fault applies to. */
export interface FaultRule {
  /** Default: every method. */
  readonly method?: string;
  /** A part of the path, or a pattern that it matches. */
  readonly path: string | RegExp;
  /** The number of requests that the fault applies to; default: all. */
  readonly times?: number;
}

/** A fault of the in-memory registry. With `beforeAuth` it also hits requests that are not authenticated. */
export type Fault = { readonly beforeAuth?: boolean } & (
  | {
      /** Sends this answer instead. */
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Sends all bytes, one of them wrong. */
  | { readonly kind: 'corrupt' }
  /** Sends the first `bytes` bytes as if they were all. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Announces the right length, and cuts the connection after `after` bytes. */
  | { readonly kind: 'drop'; readonly after: number }
  /** Sends the whole blob for every range. */
  | { readonly kind: 'ignore-range' }
  /** Sends `bytes` bytes more than the descriptor announces. */
  | { readonly kind: 'overlong'; readonly bytes: number }
  /** Sends `after` bytes, then nothing more over the open connection. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Sends the bytes in `parts` parts, with `pause` milliseconds between them. */
  | { readonly kind: 'slow'; readonly parts: number; readonly pause: number }
  /** Redirects to a URL. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Sends these headers instead of the right ones. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
);

/** Answers a request as a fault says; `blob` is what a healthy registry would send. */
export function applyFault(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  blob?: TestBlob,
): void {
  if (fault.kind === 'status') {
    return void response.writeHead(fault.status, fault.headers).end(fault.body);
  }
  if (fault.kind === 'redirect') {
    return void response.writeHead(307, { location: fault.to }).end();
  }
  if (!blob) return void response.writeHead(404).end();
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const start = fault.kind === 'ignore-range' ? 0 : from;
  const rest = blob.bytes.subarray(start);
  const total = blob.bytes.length;
  const headers = {
    'content-type': blob.descriptor.mediaType,
    'content-length': String(rest.length),
    'docker-content-digest': blob.descriptor.digest,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${total - 1}/${total}` } : {}),
    ...(fault.kind === 'headers' ? fault.headers : {}),
  };
  const status = start > 0 ? 206 : 200;
  switch (fault.kind) {
    case 'corrupt': {
      const wrong = Buffer.from(rest);
      wrong[wrong.length >> 1] ^= 1;
      return void response.writeHead(status, headers).end(wrong);
    }
    case 'truncate':
      return void response
        .writeHead(status, { ...headers, 'content-length': String(fault.bytes) })
        .end(rest.subarray(0, fault.bytes));
    case 'overlong':
      return void response
        .writeHead(status, { ...headers, 'content-length': String(rest.length + fault.bytes) })
        .end(Buffer.concat([rest, Buffer.alloc(fault.bytes)]));
    case 'drop':
      response.writeHead(status, headers);
      return void response.write(rest.subarray(0, fault.after), () => response.destroy());
    case 'stall':
      response.writeHead(status, headers);
      return void response.write(rest.subarray(0, fault.after));
    case 'slow':
      response.writeHead(status, headers);
      return drip(response, rest, Math.ceil(rest.length / fault.parts), fault.pause);
    default:
      return void response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : rest);
  }
}

/** Sends `step` bytes every `pause` milliseconds. */
function drip(response: ServerResponse, rest: Buffer, step: number, pause: number): void {
  if (rest.length === 0 || response.destroyed) return void response.end();
  response.write(rest.subarray(0, step));
  setTimeout(() => drip(response, rest.subarray(step), step, pause), pause);
}
