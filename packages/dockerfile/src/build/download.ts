import { createHash } from 'node:crypto';
import { Fault } from '@nx-linuxkit/errors';
import {
  HttpClient,
  sendFollowing,
  userAsHeader,
  withoutUser,
  withRetries,
  type HttpOptions,
  type HttpResponse,
} from '@nx-linuxkit/oci/http';
import type { ByteSource } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';
import { checksumText, type Checksum } from '../evaluate/checksum.js';

/** Milliseconds before the second and the third attempt. */
const RETRY_DELAYS = [500, 2000];

/**
 * Fetches a URL, through the proxies of the environment, and verifies what came. `keep` may be called once for each
 * attempt. Throws DockerfileError `download-failed`.
 */
export async function download(
  url: URL,
  checksum: Checksum,
  http: HttpOptions,
  keep: (bytes: AsyncIterable<Uint8Array>) => Promise<ByteSource>,
): Promise<ByteSource> {
  const client = new HttpClient(http);
  const shown = withoutUser(url.href);
  const read = async (response: HttpResponse) => {
    if (response.status === 200) return keep(verified(response.body(), checksum, shown));
    await response.discard();
    throw new DockerfileError('download-failed', `${shown} answers ${response.status}`, {
      hint: 'Correct the URL, or put the file into the package and COPY it.',
    });
  };
  try {
    return await withRetries(
      { delays: RETRY_DELAYS, warn: () => undefined },
      () => sendFollowing(client, { method: 'GET', ...userAsHeader(url, client.secrets) }),
      read,
    );
  } catch (error) {
    if (!(error instanceof Fault) || error instanceof DockerfileError) throw error;
    const { message, hint, cause } = error;
    throw new DockerfileError('download-failed', `${shown}: ${client.secrets.redact(message)}`, {
      hint,
      cause,
    });
  } finally {
    client.close();
  }
}

/** Passes bytes on, and throws at their end if they are others. */
async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  checksum: Checksum,
  shown: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(checksum.algorithm);
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  const hex = hash.digest('hex');
  if (hex === checksum.hex) return;
  throw new DockerfileError(
    'download-failed',
    `${shown} has the checksum ${checksumText({ ...checksum, hex })}, expected ${checksumText(checksum)}`,
    { hint: 'If the new file is the right one, write its checksum into the Dockerfile.' },
  );
}
