import { createHash } from 'node:crypto';
import { lendContent, type ByteSource, type Content } from '@nx-linuxkit/tree';
import type { Initramfs } from '../../initramfs/index.js';
import type { Pipeline } from '../../pipeline.js';
import { joined, lentPiece, zeros, type Piece } from './piece.js';
import { segmentPiece } from './segment-piece.js';

export { DamagedSegment } from './segment-piece.js';

/** A piece with what names its bytes. */
type Named = readonly [id: string, piece: Piece];

/** The initrd as bytes that are read when they are written: microcode first, then every segment, verified. */
export function initrdContent(
  pipeline: Pipeline,
  { segments }: Initramfs,
  ucode: Content | undefined,
): Content {
  const named = [
    ...(ucode ? microcode(ucode) : []),
    ...segments.map((segment): Named => {
      const { sha256, start = 0 } = segment;
      return [start > 0 ? `${sha256} ${start}` : sha256, segmentPiece(pipeline, segment)];
    }),
  ];
  const { size, lend, copy } = joined(named.map(([, piece]) => piece));
  const hash = createHash('sha256').update(named.map(([id, piece]) => `${id} ${piece.size}\n`).join(''));
  const source: ByteSource = {
    id: `initrd sha256:${hash.digest('hex')}`,
    size,
    lend,
    read: (start, end) => copies(lend(start, end)),
    copy,
  };
  return { source, offset: 0, size };
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** An uncompressed archive is followed by one that starts at a multiple of four. */
function microcode(ucode: Content): Named[] {
  const { source, offset, size } = ucode;
  const content = lentPiece(size, (start, end) =>
    lendContent({ source, offset: offset + start, size: end - start }),
  );
  return [
    [`${source.id} ${offset}`, content],
    ['padding', zeros((4 - (size % 4)) % 4)],
  ];
}
