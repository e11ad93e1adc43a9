import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { authorityOf, cannotListen, type Endpoint, type RunningServer } from './endpoint.js';
import { openServed } from './served-file.js';

/** Serves the files of a folder by HTTP, to read alone, with ranges. */
export async function serveHttp(
  root: string,
  endpoint: Endpoint,
  log: (line: string) => void,
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    // A socket that has closed says no address any more.
    const peer = request.socket.remoteAddress;
    answer(root, request, response).then(
      (status) => log(`${peer} ${request.method} ${request.url} ${status}`),
      // The machine has gone away in the middle of a file.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(endpoint, cause)));
    server.listen(endpoint.port, endpoint.address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${authorityOf(endpoint, port)}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers a request, and returns the status. */
async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<number> {
  const end = (status: number, headers: Record<string, string> = {}): number => {
    response.writeHead(status, { 'content-length': '0', ...headers }).end();
    return status;
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, { allow: 'GET, HEAD' });
  const path = pathOf(request.url ?? '');
  const file = path === undefined ? undefined : await openServed(root, path);
  if (!file) return end(404);
  const { handle, size } = file;
  try {
    const range = rangeOf(request.headers.range, size);
    if (range === 'none') return end(416, { 'content-range': `bytes */${size}` });
    const { start, end: last } = range ?? { start: 0, end: size - 1 };
    const status = range ? 206 : 200;
    response.writeHead(status, {
      'content-type': 'application/octet-stream',
      'content-length': `${last - start + 1}`,
      'accept-ranges': 'bytes',
      ...(range && { 'content-range': `bytes ${start}-${last}/${size}` }),
    });
    if (request.method === 'HEAD' || size === 0) response.end();
    else await pipeline(handle.createReadStream({ start, end: last, autoClose: false }), response);
    return status;
  } finally {
    await handle.close();
  }
}

function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
}

/** The one range of a request; undefined without any or with several, and `none` for one outside of the file: RFC 9110, section 14. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? 'none' : { start, end };
}
