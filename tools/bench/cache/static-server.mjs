// A remote cache of Nx that keeps each entry as the file that it got: `node static-server.mjs <folder>` prints its URL.
import { createReadStream, createWriteStream, existsSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const folder = process.argv[2];

const server = createServer(async (request, response) => {
  const file = join(folder, request.url.split('/').at(-1));
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(`${file}.part`));
    renameSync(`${file}.part`, file);
    return response.writeHead(200).end();
  }
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-length': statSync(file).size });
  createReadStream(file).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
