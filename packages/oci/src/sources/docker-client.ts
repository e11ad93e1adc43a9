import type Docker from 'dockerode';
import { installCommand } from '@nx-linuxkit/errors';
import { OciError } from '../error.js';
import type { DaemonReference } from '../reference.js';
import type { SourceOptions } from './options.js';

/** What a daemon is asked about: the name stands in its errors, the text in the one for a missing package. */
export type AskedImage = Pick<DaemonReference, 'text' | 'name'>;

/** Asks the Docker daemon of the options, else that of the environment. Throws OciError. */
export async function askDaemon<T>(
  image: AskedImage,
  { docker, idleTimeout }: SourceOptions,
  request: (docker: Docker) => Promise<T>,
): Promise<T> {
  const Client = await loadClient(image);
  try {
    return await request(new Client({ ...docker, timeout: idleTimeout ?? IDLE_TIMEOUT }));
  } catch (cause) {
    throw daemonError(image, cause);
  }
}

/**
 * Loads dockerode, whose ssh and gRPC clients take a quarter of a second to load and 12 MB to install: so it is an
 * optional package, and loaded when a daemon is asked. Throws `missing-package`.
 */
async function loadClient({ text }: AskedImage): Promise<typeof Docker> {
  try {
    return (await import('dockerode')).default;
  } catch (cause) {
    throw new OciError('missing-package', `dockerode is needed to reach the Docker daemon for ${text}`, {
      hint: `Run \`${installCommand(['dockerode@5'])}\`.`,
      cause,
    });
  }
}

/**
 * Milliseconds without a byte after which the daemon counts as hanging. Before an export's first byte it copies all
 * layers to its own disk, which takes minutes for the largest images.
 */
const IDLE_TIMEOUT = 10 * 60_000;

/** The OciError for what a daemon, or the way to it, did. */
export function daemonError({ name }: AskedImage, cause: unknown): unknown {
  const { statusCode, code, message } = cause as { statusCode?: number; code?: string; message?: string };
  if (statusCode === 404) {
    return new OciError('not-found', `the Docker daemon has no image ${name}`, {
      hint: `Run docker pull ${name}, or choose one that docker images lists.`,
      cause,
    });
  }
  if (statusCode !== undefined) {
    return new OciError('registry-error', `the Docker daemon answered ${statusCode}: ${message}`, { cause });
  }
  if (code === undefined) return cause;
  if (['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) {
    return new OciError('unreachable', `the Docker daemon cut the connection, or was silent for too long`, {
      hint: 'Look at its log (journalctl -u docker), and try again.',
      cause,
    });
  }
  if (code.startsWith('HPE_')) {
    return new OciError('registry-error', `the Docker daemon's answer about ${name} is no HTTP (${code})`, {
      hint: 'Check DOCKER_HOST: what answers there is no Docker daemon.',
      cause,
    });
  }
  return new OciError('unreachable', `cannot reach the Docker daemon (${code})`, {
    hint: 'Start Docker, or set DOCKER_HOST; on Linux the user has to be in the group docker.',
    cause,
  });
}
