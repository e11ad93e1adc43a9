/** Packets of TFTP (RFC 1350), with the options blksize (RFC 2348) and tsize (RFC 2349). */

/** Kinds of packets. */
export const KIND = { read: 1, write: 2, data: 3, acknowledged: 4, error: 5, options: 6 } as const;

/** Codes of errors: RFC 1350, appendix I. */
export const FAULT = { undefined: 0, notFound: 1, denied: 2, illegal: 4 } as const;

/** A request to read a file. */
export interface ReadRequest {
  readonly file: string;
  readonly mode: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Reads a request. Undefined for a packet that is none. */
export function parseRequest(packet: Buffer): ReadRequest | undefined {
  if (packet.length < 4 || packet.readUInt16BE(0) !== KIND.read || packet.at(-1) !== 0) return undefined;
  const [file = '', mode = '', ...rest] = packet.toString('utf8', 2, packet.length - 1).split('\0');
  const options = new Map<string, string>();
  for (let i = 0; i + 1 < rest.length; i += 2) options.set(rest[i]!.toLowerCase(), rest[i + 1]!);
  return file === '' ? undefined : { file, mode: mode.toLowerCase(), options };
}

/** The number of a block that a packet acknowledges; undefined for another packet. */
export function acknowledgedBlock(packet: Buffer): number | undefined {
  return packet.length >= 4 && packet.readUInt16BE(0) === KIND.acknowledged
    ? packet.readUInt16BE(2)
    : undefined;
}

/** A block of a file. */
export function dataPacket(block: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([words(KIND.data, block), bytes]);
}

/** Says which options are granted. */
export function optionsPacket(options: ReadonlyMap<string, string>): Buffer {
  const texts = [...options].flatMap(([name, value]) => [Buffer.from(`${name}\0${value}\0`)]);
  return Buffer.concat([words(KIND.options), ...texts]);
}

/** Ends a transfer. */
export function errorPacket(code: number, message: string): Buffer {
  return Buffer.concat([words(KIND.error, code), Buffer.from(`${message}\0`)]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16BE(value, i * 2));
  return bytes;
}
