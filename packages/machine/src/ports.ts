import { createServer } from 'node:net';
import { MachineError } from './error.js';
import type { MachineOptions, PublishedPort } from './options.js';

const LOOPBACK = '127.0.0.1';
const FORM = /^(?:(\[[0-9a-fA-F:]+\]|[0-9.]+):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/;

/** Parses `[address:]host:guest[/tcp|udp]`. Throws `invalid-option`. */
export function parsePublishedPort(text: string): PublishedPort {
  const match = FORM.exec(text);
  if (!match) {
    throw new MachineError('invalid-option', `cannot read the published port ${JSON.stringify(text)}`, {
      hint: 'Write it as host:guest, or host:guest/udp for UDP; host port 0 stands for a free port.',
    });
  }
  const [, address, host, guest, protocol] = match;
  return checked({
    host: Number(host),
    guest: Number(guest),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    ...(address && { address }),
  });
}

function checked(port: PublishedPort): PublishedPort {
  const whole = (value: number, least: number) => Number.isInteger(value) && value >= least && value <= 65535;
  if (!whole(port.host, 0) || !whole(port.guest, 1)) {
    throw new MachineError(
      'invalid-option',
      `expected ports from 1 to 65535, got ${port.host}:${port.guest}`,
      { hint: 'The host port may be 0, which stands for any free port.' },
    );
  }
  return port;
}

/** Reads a port of options, as a text or as its parts. Throws `invalid-option`. */
export function parsePort(port: string | PublishedPort): PublishedPort {
  return typeof port === 'string' ? parsePublishedPort(port) : checked(port);
}

/** Refuses ports of a machine without a network. */
export function checkNetwork(
  { network }: Pick<MachineOptions, 'network'>,
  ports: readonly PublishedPort[],
): void {
  if (network === undefined || network === 'user' || ports.length === 0) return;
  throw new MachineError('invalid-option', `ports are published, but the network is ${network}`, {
    hint: 'Publish ports of the network `user` alone: on others the guest has an address of its own, or none.',
  });
}

/** Parses the ports of options, and replaces each host port 0 by a free port. */
export async function resolvePorts(given: readonly (string | PublishedPort)[]): Promise<PublishedPort[]> {
  const ports: PublishedPort[] = [];
  for (const item of given) {
    const port = parsePort(item);
    ports.push(port.host === 0 ? { ...port, host: await freePort(port.address) } : port);
  }
  return ports;
}

/**
 * Finds a free port. QEMU cannot report which port it chose, so the port is chosen here and released again. If
 * another process takes it before QEMU does, QEMU ends with an error that names the port. This is rare, because the
 * kernel assigns ports at random.
 */
function freePort(address = LOOPBACK): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address.replace(/^\[|\]$/g, ''), () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound ? bound.port : 0));
    });
  });
}

/**
 * Formats a forwarded port for QEMU. It listens on loopback by default, so that other hosts cannot reach the guest.
 */
export function hostForward({ host, guest, protocol, address = LOOPBACK }: PublishedPort): string {
  return `hostfwd=${protocol}:${address}:${host}-:${guest}`;
}
