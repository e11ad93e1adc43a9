import { CommandError } from '../../error.js';

/** Where a server listens. */
export interface Endpoint {
  /** The flag that names it. */
  readonly flag: string;
  /** Absent for all addresses of the host. */
  readonly address?: string;
  readonly port: number;
}

/** A server that runs. */
export interface RunningServer {
  /** The address by which the host itself reaches it. */
  readonly url: string;
  close(): Promise<void>;
}

const FORM = /^(?:(\[[0-9a-fA-F:]+\]|[\w.-]*):)?(\d{1,5})$/;

/** Reads `[address]:port`. Throws CommandError `bad-flag`. */
export function parseEndpoint(flag: string, text: string): Endpoint {
  const [, address = '', port] = FORM.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new CommandError('bad-flag', `${flag}: expected [address]:port, got ${JSON.stringify(text)}`, {
      hint: `Write --${flag} :8080, or --${flag} 127.0.0.1:8080 for this host alone.`,
    });
  }
  const plain = address.replace(/^\[|\]$/g, '');
  return { flag, port: Number(port), ...(plain !== '' && { address: plain }) };
}

/** The address of a server for a URL: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2. */
export function authorityOf({ address = 'localhost' }: Endpoint, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The error of an address that cannot be listened on. */
export function cannotListen({ flag, port }: Endpoint, cause: NodeJS.ErrnoException): CommandError {
  const why: Record<string, string> = {
    EADDRINUSE: `another program listens on port ${port}`,
    EACCES: `port ${port} is for the system's administrator`,
  };
  return new CommandError('bad-flag', `${flag}: ${why[cause.code ?? ''] ?? cause.message}`, {
    hint: `Name another port: --${flag} :0 is any free one.`,
    cause,
  });
}
