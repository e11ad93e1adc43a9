import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestBlob } from '../images/image.js';

export interface FaultRule {
  readonly method?: string;
  /** A part of the path, or a pattern for it. */
  readonly path: string | RegExp;
  /** So many requests only; default: all. */
  readonly times?: number;
}

export type Fault = { readonly beforeAuth?: boolean } & (
  | {
      /** This answer instead. */
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The right length, one byte wrong. */
  | { readonly kind: 'corrupt' }
  /** A complete answer that is too short. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** The right length announced, the connection cut after so many bytes of it. */
  | { readonly kind: 'drop'; readonly after: number }
  /** The whole blob, whatever range was asked for. */
  | { readonly kind: 'ignore-range' }
  /** More than was announced by the descriptor. */
  | { readonly kind: 'overlong'; readonly bytes: number }
  /** So many bytes, then nothing more, the connection open. */
  | { readonly kind: 'stall'; readonly after: number }
  /** One part a pause. */
  | { readonly kind: 'slow'; readonly parts: number; readonly pause: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
);

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

function drip(response: ServerResponse, rest: Buffer, step: number, pause: number): void {
  if (rest.length === 0 || response.destroyed) return void response.end();
  response.write(rest.subarray(0, step));
  setTimeout(() => drip(response, rest.subarray(step), step, pause), pause);
}
