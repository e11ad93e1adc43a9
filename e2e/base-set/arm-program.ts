/** Where Linux maps the program. */
const ADDRESS = 0x400000;
const FILE_HEADER = 64;
const PROGRAM_HEADER = 56;
const START = FILE_HEADER + PROGRAM_HEADER;

/** A static program of Linux on arm64 that prints a text of at most 255 bytes and ends with 0: elf(5), and system calls 64 and 93. */
export function armProgram(text: string): Buffer {
  const words = Buffer.from(text);
  const code = [
    0xd2800020, // mov x0, #1
    0x100000e1, // adr x1, #28
    0xd2800002 | (words.length << 5), // mov x2, #length
    0xd2800808, // mov x8, #64
    0xd4000001, // svc #0
    0xd2800000, // mov x0, #0
    0xd2800ba8, // mov x8, #93
    0xd4000001, // svc #0
  ];
  const head = Buffer.alloc(START);
  // 64 bits, little endian, version 1.
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  // An executable for machine 183, version 1.
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(183, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(ADDRESS + START), 24);
  head.writeBigUInt64LE(BigInt(FILE_HEADER), 32);
  head.writeUInt16LE(FILE_HEADER, 52);
  head.writeUInt16LE(PROGRAM_HEADER, 54);
  head.writeUInt16LE(1, 56);
  // One part of the file to load, readable and executable.
  head.writeUInt32LE(1, 64);
  head.writeUInt32LE(5, 68);
  head.writeBigUInt64LE(BigInt(ADDRESS), 80);
  head.writeBigUInt64LE(BigInt(ADDRESS), 88);
  const size = BigInt(START + 4 * code.length + words.length);
  head.writeBigUInt64LE(size, 96);
  head.writeBigUInt64LE(size, 104);
  head.writeBigUInt64LE(0x1000n, 112);
  const body = Buffer.alloc(4 * code.length);
  code.forEach((word, i) => body.writeUInt32LE(word >>> 0, 4 * i));
  return Buffer.concat([head, body, words]);
}
