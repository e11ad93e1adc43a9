import { open } from 'node:fs/promises';
import { gather, lendContent, type GatherWriter, type Content } from '@nx-linuxkit/tree';

/** Writes pieces one after the other to a file. Long runs of zeros become holes. */
export async function writePieces(path: string, pieces: Iterable<Uint8Array | Content>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let position = 0;
    await gather(file, async (output) => {
      for (const piece of pieces) position = await add(output, piece, position);
    });
    // A hole at the end of the file appears only when the file gets its size.
    await file.truncate(position);
  } finally {
    await file.close();
  }
}

/** Gives the position behind the piece. */
async function add(output: GatherWriter, piece: Uint8Array | Content, position: number): Promise<number> {
  if (piece instanceof Uint8Array) {
    await output.bytes(piece, position);
    return position + piece.length;
  }
  const { source, offset, size } = piece;
  if (source.copy) {
    await source.copy(offset, offset + size, output, position);
    return position + size;
  }
  let at = position;
  for await (const chunk of lendContent(piece)) {
    await output.bytes(chunk, at);
    at += chunk.length;
  }
  return at;
}
