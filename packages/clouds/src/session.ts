import { CloudClient, type ClientOptions } from './client/client.js';
import { resolveOptions } from './options.js';
import type { Platform, PlatformOption, Session } from './platform.js';
import { progressLines } from './progress-lines.js';

/** What all calls to a platform need. */
export interface CloudRequest {
  readonly platform: string;
  /** The system's name, by which a platform finds its images again. */
  readonly system: string;
  readonly options?: Readonly<Record<string, string>>;
  /** Environment variables, which hold options, credentials and proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  readonly progress?: (sent: number, total: number) => void;
  /** Limits of time of requests, which tests shorten. */
  readonly client?: Pick<ClientOptions, 'delays' | 'idleTimeout'>;
  /** Milliseconds between two looks at what the platform is doing. Default: 5000. */
  readonly pollInterval?: number;
}

/** Milliseconds. */
const POLL_INTERVAL = 5000;

/** Opens a session with a platform; no request is sent yet. Its client is closed in the end. Throws CloudError `bad-option`. */
export function openSession(
  platform: Platform,
  request: CloudRequest,
  options: readonly PlatformOption[],
): Session {
  const { env, log, options: given = {} } = request;
  const say = (line: string) => log(`${platform.name}: ${line}`);
  return {
    client: new CloudClient({ env, warn: say, ...request.client }),
    option: resolveOptions({ name: platform.name, options }, given, env),
    env,
    pollInterval: request.pollInterval ?? POLL_INTERVAL,
    log: say,
    progress: request.progress ?? progressLines(say),
  };
}
