import { createHash } from 'node:crypto';
import { lendContent, type ByteSource, type Content } from '@nx-linuxkit/tree';
import { aligned } from '../../archive/alignment.js';
import { envelopeOf } from '../../archive/envelope.js';
import { initramfsBody, type Initramfs } from '../../initramfs/initramfs.js';
import { bytesPiece, joined, lentPiece, zeros, type Piece } from './piece.js';
import { segmentPiece, type SegmentFiles } from './segment-piece.js';

export { DamagedSegment } from './open-segment.js';

/** A piece with what names its bytes. */
type Named = readonly [id: string, piece: Piece];

/**
 * The initrd: microcode first, then one gzip member or zstd frame of one archive, joined out of the segments. Bytes are
 * read and verified when they are written.
 */
export function initrdContent(
  initramfs: Initramfs,
  ucode: Content | undefined,
  files: SegmentFiles,
): Content {
  const { frontOf, end } = envelopeOf(initramfs.compressor);
  const body = initramfsBody(initramfs);
  const named = [
    ...(ucode ? microcode(ucode) : []),
    bytes(frontOf(body.plain)),
    ...initramfs.segments.map((segment): Named => {
      const ranges = segment.ranges.map(({ start, size }) => `${start}+${size}`);
      return [`${segment.sha256} ${ranges.join(' ')}`, segmentPiece(segment, initramfs.compressor, files)];
    }),
    bytes(end(body)),
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

/** The microcode, padded to where the kernel lets the next archive start. */
function microcode({ source, offset, size }: Content): Named[] {
  const content = lentPiece(size, (start, end) =>
    lendContent({ source, offset: offset + start, size: end - start }),
  );
  return [
    [`${source.id} ${offset}`, content],
    ['padding', zeros(aligned(size) - size)],
  ];
}

function bytes(few: Uint8Array): Named {
  return [Buffer.from(few).toString('hex'), bytesPiece(few)];
}
