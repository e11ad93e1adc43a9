import type { Server, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A server on a loopback port. */
export interface Listening {
  readonly port: number;
  /** Returns how many connections were made so far. */
  accepted(): number;
  /** Closes the server and all its connections. */
  stop(): Promise<void>;
}

/** Serves HTTP, or with `tls` HTTPS, on a free port of the loopback interface. */
export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  tls?: { readonly key: string | Buffer; readonly cert: string | Buffer },
): Promise<Listening> {
  const server: Server = tls ? createTlsServer(tls, handler) : createServer(handler);
  // closeAllConnections() misses connections that never spoke HTTP, such as a TLS greeting to a plain server.
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Returns a port on which nothing listened a moment ago. */
export async function freePort(): Promise<number> {
  const { port, stop } = await listen(() => undefined);
  await stop();
  return port;
}
