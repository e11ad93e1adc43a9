import { createHash } from 'node:crypto';
import { lendContent, type Content } from '@nx-linuxkit/tree';
import { aligned } from '../../archive/alignment.js';
import { envelopeOf } from '../../archive/envelope.js';
import { initramfsBody, type Initramfs, type InitramfsSegment } from '../../initramfs/initramfs.js';
import type { Compressor } from '../../plan/settings.js';
import { bytesPiece, joined, lentPiece, slice, zeros, type Piece } from './piece.js';
import { segmentBody, type SegmentFiles } from './segment-body.js';

export { DamagedSegment } from './open-segment.js';

/** A piece with what names its bytes. */
interface Named {
  readonly id: string;
  readonly piece: Piece;
  /** The piece as contents. Default: one whose name says nothing of its bytes. */
  readonly contents?: readonly Content[];
}

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
    ...initramfs.segments.map((segment) => namedSegment(segment, initramfs.compressor, files)),
    bytes(end(body)),
  ];
  const whole = joined(named.map(({ piece }) => piece));
  const hash = createHash('sha256').update(named.map(({ id, piece }) => `${id} ${piece.size}\n`).join(''));
  const id = `initrd sha256:${hash.digest('hex')}`;
  const parts = named.flatMap(({ piece, contents }, i) => contents ?? [contentOf(piece, `${id} part ${i}`)]);
  const { source, ...content } = contentOf(whole, id);
  return { source: { ...source, copy: whole.copy, parts }, ...content };
}

function contentOf({ size, lend }: Pick<Piece, 'size' | 'lend'>, id: string): Content {
  const read = (start: number, end: number) => copies(lend(start, end));
  return { source: { id, size, lend, read }, offset: 0, size };
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

function namedSegment(segment: InitramfsSegment, compressor: Compressor, files: SegmentFiles): Named {
  const body = segmentBody(segment, compressor, files);
  const front = envelopeOf(compressor).front.length;
  // The name is that of the segment's file, so the offsets are as well.
  const { source } = contentOf(
    { size: segment.size, lend: (start, end) => body.lend(start - front, end - front) },
    `sha256:${segment.sha256}`,
  );
  return {
    id: `${segment.sha256} ${segment.ranges.map(({ start, size }) => `${start}+${size}`).join(' ')}`,
    piece: joined(segment.ranges.map(({ start, size }) => slice(body, start, size))),
    contents: segment.ranges.map(({ start, size }) => ({ source, offset: front + start, size })),
  };
}

/** The microcode, padded to where the kernel lets the next archive start. */
function microcode({ source, offset, size }: Content): Named[] {
  const content = lentPiece(size, (start, end) =>
    lendContent({ source, offset: offset + start, size: end - start }),
  );
  return [
    { id: `${source.id} ${offset}`, piece: content },
    { id: 'padding', piece: zeros(aligned(size) - size) },
  ];
}

function bytes(few: Uint8Array): Named {
  return { id: Buffer.from(few).toString('hex'), piece: bytesPiece(few) };
}
