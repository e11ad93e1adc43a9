import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { MachineError } from './error.js';

/** How a machine joins a network of machines of this host. */
export interface LanCard {
  /** Multicast address and UDP port by which QEMU passes frames on. */
  readonly group: string;
  /** Address of the machine's card. */
  readonly mac: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** The first of the ports that the kernel gives to no program by itself, and their number. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
/** Frames stay on this host: https://www.qemu.org/docs/master/system/invocation.html, `-netdev socket`. */
const LOOPBACK = '127.0.0.1';

/** Refuses a name that cannot be one of a network. Throws MachineError `invalid-option`. */
export function checkLan(lan: string | undefined): void {
  if (lan === undefined || NAME.test(lan)) return;
  throw new MachineError('invalid-option', `lan: expected a name, got ${JSON.stringify(lan)}`, {
    hint: 'Write letters, digits, `.`, `_` and `-`, as in --lan=cluster: machines that name the same one are on one network.',
  });
}

/**
 * The card by which a machine joins a network. Machines of one user that give the same name share a multicast group out of the
 * block for organizations (RFC 2365), so that no process has to run between them. The card's address follows from the state
 * folder, which no two running machines share, so that a machine keeps it over a restart.
 */
export function lanCard(lan: string, state: string): LanCard {
  checkLan(lan);
  const name = digest(`${userInfo().username}/${lan}`);
  const port = FIRST_PORT + (name.readUInt32BE(4) % PORTS);
  const mac = digest(state);
  return {
    group: `239.${192 + (name[0]! % 4)}.${name[1]}.${name[2]}:${port}`,
    // The prefix is that of QEMU's own cards.
    mac: ['52', '54', '00', ...[mac[0]!, mac[1]!, mac[2]!].map(hex)].join(':'),
  };
}

/** QEMU's arguments for the card, which is the guest's next one after that of the network. */
export function lanArguments(card: LanCard | undefined): string[] {
  if (!card) return [];
  return [
    ...['-netdev', `socket,id=lan0,mcast=${card.group},localaddr=${LOOPBACK}`],
    ...['-device', `virtio-net-pci,netdev=lan0,romfile=,mac=${card.mac}`],
  ];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
