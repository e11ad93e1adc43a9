/** A 64-bit ELF file of sections alone, in order, by their names. */
export function elfFile(sections: Readonly<Record<string, Buffer>>): Buffer {
  const names = ['', ...Object.keys(sections), '.shstrtab'];
  const words = Buffer.from(names.map((name) => `${name}\0`).join(''));
  const bodies = [Buffer.alloc(0), ...Object.values(sections), words];
  const header = Buffer.alloc(64);
  header.write('7f454c460201', 0, 'hex');
  let offset = header.length;
  const entries = bodies.map((body, i) => {
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(
      names.slice(0, i).reduce((sum, name) => sum + name.length + 1, 0),
      0,
    );
    entry.writeUInt32LE(i === 0 ? 0 : 1, 4);
    entry.writeBigUInt64LE(BigInt(offset), 24);
    entry.writeBigUInt64LE(BigInt(body.length), 32);
    offset += body.length;
    return entry;
  });
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(bodies.length, 60);
  header.writeUInt16LE(bodies.length - 1, 62);
  return Buffer.concat([header, ...bodies, ...entries]);
}
