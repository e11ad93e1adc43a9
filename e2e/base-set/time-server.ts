import { createSocket } from 'node:dgram';

/** The address of the server, and the address that the guest takes. */
export const TIME_SERVER = '192.0.2.1';
export const ASKS_FROM = '192.0.2.2/24';

/** The clock of the server is a day ahead. No guest gets there by itself, and clients believe a day, but not years. */
export const AHEAD = 86_400;
/** Seconds of RFC 5905 begin in 1900. */
const EPOCH = 2_208_988_800;
const MAC = Buffer.from('020000000001', 'hex');
const ADDRESS = Buffer.from(TIME_SERVER.split('.').map(Number));
const ARP = 0x0806;
const IPV4 = 0x0800;
const UDP = 17;
const NTP = 123;

/**
 * Serves time at the other end of a guest's network card: QEMU sends each Ethernet frame as a datagram. QEMU's own network
 * would need the port 123 of this host, which only root may open.
 */
export async function startTimeServer(): Promise<{ args: string[]; stop: () => void }> {
  const socket = createSocket('udp4');
  socket.on('message', (frame, { port, address }) => {
    const answer = answerTo(frame);
    if (answer) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const netdev = `socket,id=time,udp=127.0.0.1:${socket.address().port},localaddr=127.0.0.1:0`;
  const args = ['-netdev', netdev, '-device', 'virtio-net-pci,netdev=time,romfile='];
  return { args, stop: () => socket.close() };
}

function answerTo(frame: Buffer): Buffer | undefined {
  const type = frame.readUInt16BE(12);
  const [from, packet] = [frame.subarray(6, 12), frame.subarray(14)];
  const answer = type === ARP ? arpAnswer(packet) : type === IPV4 ? ntpAnswer(packet) : undefined;
  return answer && Buffer.concat([from, MAC, frame.subarray(12, 14), answer]);
}

function arpAnswer(packet: Buffer): Buffer | undefined {
  if (packet.readUInt16BE(6) !== 1 || !packet.subarray(24, 28).equals(ADDRESS)) return undefined;
  const operation = Buffer.from([0, 2]);
  return Buffer.concat([packet.subarray(0, 6), operation, MAC, ADDRESS, packet.subarray(8, 18)]);
}

/** Repeats the transmit time of the question, and nothing else of it. */
function ntpAnswer(packet: Buffer): Buffer | undefined {
  const udp = packet.subarray((packet[0] & 15) * 4);
  if (packet[9] !== UDP || udp.readUInt16BE(2) !== NTP) return undefined;
  const time = Buffer.alloc(8);
  time.writeUInt32BE(Math.floor(Date.now() / 1000) + EPOCH + AHEAD);
  const transmitted = udp.subarray(8 + 40, 8 + 48);
  const head = Buffer.from('240106ec00000000000000004c4f434c', 'hex');
  const body = Buffer.concat([head, time, transmitted, time, time]);
  const ports = Buffer.alloc(8);
  ports.writeUInt16BE(NTP, 0);
  ports.writeUInt16BE(udp.readUInt16BE(0), 2);
  ports.writeUInt16BE(ports.length + body.length, 4);
  return Buffer.concat([ipHeader(packet.subarray(12, 16), ports.length + body.length), ports, body]);
}

function ipHeader(to: Buffer, length: number): Buffer {
  const header = Buffer.concat([Buffer.from('450000000000000040110000', 'hex'), ADDRESS, to]);
  header.writeUInt16BE(header.length + length, 2);
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  header.writeUInt16BE(~sum & 0xffff, 10);
  return header;
}
