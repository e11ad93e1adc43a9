import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | object;
}

/** What goes wrong with the requests that a pattern fits; the pattern is tried on method, path and body. */
export interface FakeFault {
  readonly on: RegExp;
  /** A status; or another answer; or no answer at all; or the connection ends after a part of the body, or before the answer. */
  readonly how: number | 'hang' | 'cut' | 'lost answer' | FakeAnswer;
  /** Requests that fail. Default: all. */
  readonly times?: number;
  /** Requests that pass before. */
  readonly after?: number;
}

/** A server that stands in for a cloud: it counts, and it fails when it is told to. */
export interface Fake {
  readonly url: string;
  /** Method and path of each request that was answered or failed. */
  readonly seen: string[];
  /** The next requests that fail. */
  fail(...faults: FakeFault[]): void;
  /** Ends all faults. */
  heal(): void;
  close(): Promise<void>;
}

export async function startFake(handle: (request: FakeRequest) => FakeAnswer): Promise<Fake> {
  const faults: { fault: FakeFault; met: number }[] = [];
  const seen: string[] = [];

  /** What goes wrong with a request; cuts are decided before its body is read, all else behind it. */
  const wrong = (text: string, cuts: boolean): FakeFault['how'] | undefined => {
    for (const entry of faults) {
      const { on, how, times = Infinity, after = 0 } = entry.fault;
      if ((how === 'cut') !== cuts || !on.test(text)) continue;
      entry.met += 1;
      if (entry.met > after && entry.met <= after + times) return how;
    }
    return undefined;
  };

  const answer = (response: ServerResponse, { status = 200, headers = {}, body = '' }: FakeAnswer): void => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, 'http://fake');
    const name = `${request.method} ${url.pathname}${url.search}`;
    if (wrong(name, true)) {
      seen.push(name);
      request.once('data', () => request.socket.destroy()).once('end', () => request.socket.destroy());
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    seen.push(name);
    const how = wrong(`${name} ${body.length < 4096 ? body.toString('latin1') : ''}`, false);
    if (how === 'hang') return;
    if (typeof how === 'object') return answer(response, how);
    if (typeof how === 'number')
      return answer(response, { status: how, body: `<Error>wanted ${how}</Error>` });
    const made = handle({ method: request.method!, url, headers: request.headers, body });
    if (how === 'lost answer') return void request.socket.destroy();
    answer(response, made);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      if (!request.socket.destroyed) answer(response, { status: 500, body: `fake: ${error.message}` });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    heal: () => void faults.splice(0),
    fail: (...more) => faults.push(...more.map((fault) => ({ fault, met: 0 }))),
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
