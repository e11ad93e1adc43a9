import { createServer } from 'node:net';
import { MachineError } from './error.js';
import type { PublishedPort } from './options.js';

const LOOPBACK = '127.0.0.1';
const FORM = /^(?:(\[[0-9a-fA-F:]+\]|[0-9.]+):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/;

/** `[address:]host:guest[/tcp|udp]`. */
export function parsePublishedPort(text: string): PublishedPort {
  const match = FORM.exec(text);
  if (!match) {
    throw new MachineError('invalid-option', `cannot read the published port ${JSON.stringify(text)}`, {
      hint: 'Write it as host:guest, with /udp behind it for UDP; host 0 picks a free port.',
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
      `port out of range: ${port.host}:${port.guest}, allowed 1 to 65535`,
    );
  }
  return port;
}

/** The ports as options give them, with a free one in place of each host port 0. */
export async function resolvePorts(given: readonly (string | PublishedPort)[]): Promise<PublishedPort[]> {
  const ports: PublishedPort[] = [];
  for (const item of given) {
    const port = typeof item === 'string' ? parsePublishedPort(item) : checked(item);
    ports.push(port.host === 0 ? { ...port, host: await freePort(port.address) } : port);
  }
  return ports;
}

/**
 * QEMU cannot say which port it got, so one is picked here and freed again. Another process may take it in
 * between: then QEMU ends with an error that names the port. The kernel hands ports out at random, so it is rare.
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

/** Loopback unless an address is given: a guest under test is nobody else's business. */
export function hostForward({ host, guest, protocol, address = LOOPBACK }: PublishedPort): string {
  return `hostfwd=${protocol}:${address}:${host}-:${guest}`;
}
