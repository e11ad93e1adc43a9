import { request as httpRequest } from 'node:http';
import { listen, startBareRegistry } from '@nx-linuxkit/testing';
import { passSlowly } from './pass-slowly.js';

/** A real registry behind a line that takes a number of bytes a second from each connection. */
export interface SlowRegistry {
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts Debian's registry behind the line. */
export async function startSlowRegistry(bytesPerSecond: number): Promise<SlowRegistry> {
  const registry = await startBareRegistry();
  const port = Number(registry.host.split(':')[1]);
  const proxy = await listen((request, response) => {
    const { method, url: path, headers } = request;
    const upstream = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    void passSlowly(request, upstream, bytesPerSecond);
  });
  return {
    host: `localhost:${proxy.port}`,
    stop: async () => {
      await proxy.stop();
      await registry.stop();
    },
  };
}
