import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RequestLog } from './requests.js';

/** Passes all requests on to a port of this machine, and logs them. */
export function loggingProxy(port: number, log: RequestLog) {
  const agent = new Agent({ keepAlive: true });
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { method = 'GET', url = '/', headers } = request;
    const upstream = httpRequest({ agent, host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      let sent = 0;
      answer.on('data', (chunk: Buffer) => (sent += chunk.length));
      // Logged before the client has the whole body, so that a test can count right after its call.
      answer.once('end', () =>
        log.add({ method, path: url.split('?')[0], headers, status: answer.statusCode ?? 0, sent }),
      );
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  };
}
