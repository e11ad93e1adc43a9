import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request without what differs from one push to the next: the place and the state of an upload. */
export function pathOf({ method, url }: { method: string; url: string }): string {
  const digest = /[?&]digest=([^&]*)/.exec(url)?.[1] ?? '';
  return `${method} ${url.replace(/\?.*/, '').replace(/uploads\/[^/]+$/, 'uploads/')} ${digest}`;
}

/** Forwards requests to a registry, and fails those that `fail` names. */
export interface Gate {
  readonly host: string;
  readonly requests: string[];
  /** The requests that were failed. */
  readonly refused: string[];
  fail(request: { method: string; url: string }): boolean;
  count(method: string, path: RegExp): number;
  reset(): void;
  stop(): Promise<void>;
}

export async function startGate(target: string): Promise<Gate> {
  const [hostname, port] = target.split(':');
  const requests: string[] = [];
  const refused: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    requests.push(`${method} ${url}`);
    if (gate.fail({ method, url })) {
      refused.push(`${method} ${url}`);
      incoming.resume();
      outgoing.writeHead(400).end();
      return;
    }
    const outer = forward({ hostname, port, method, path: url, headers: incoming.headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    outer.on('error', () => outgoing.destroy());
    incoming.pipe(outer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate: Gate = {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    requests,
    refused,
    fail: () => false,
    count: (method, path) =>
      requests.filter((line) => line.startsWith(`${method} `) && path.test(line)).length,
    reset: () => {
      requests.length = 0;
      refused.length = 0;
      gate.fail = () => false;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return gate;
}
