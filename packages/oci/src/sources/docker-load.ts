import { Readable } from 'node:stream';
import { OciError } from '../error.js';
import { askDaemon } from './docker-client.js';
import type { SourceOptions } from './options.js';

/** A line of the daemon's answer. */
interface Progress {
  readonly error?: string;
}

/**
 * Loads the archive of an image, as `docker save` writes it, into a Docker daemon: the image then has the names that the
 * archive gives it. `name` is the image in errors. Throws OciError.
 */
export async function loadIntoDaemon(
  archive: AsyncIterable<Uint8Array>,
  name: string,
  options: SourceOptions = {},
): Promise<void> {
  await askDaemon({ text: name, name }, options, async (docker) => {
    const answer = await docker.loadImage(Readable.from(archive, { objectMode: false }));
    await new Promise<void>((resolve, reject) => {
      const take = ({ error }: Progress) => {
        if (error)
          reject(new OciError('registry-error', `the Docker daemon does not take ${name}: ${error}`));
      };
      docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()), take);
    });
  });
}
