import { combineCrc, crcOfEnd, GZIP_END_SIZE, gzipEnd, GZIP_HEADER } from '@nx-linuxkit/deflate';
import type { Compressor } from '../plan/settings.js';
import type { Body } from './body.js';
import { ZSTD_END, zstdHeader } from './zstd-frame.js';

/** What makes a whole of bodies, one after the other. The file of a part or of a segment is a whole as well. */
export interface Envelope {
  /** Begins a whole of any size; every part and segment begins so. */
  readonly front: Uint8Array;
  /** Bytes of the end. */
  readonly endSize: number;
  /** Begins a whole whose uncompressed size is known, in bytes. */
  frontOf(plain: number): Uint8Array;
  /** Ends the whole of a body. */
  end(body: Body): Uint8Array;
  /** Reads the CRC-32 of the uncompressed bytes out of an end; 0 where an end has none. */
  crcIn(end: Uint8Array): number;
  /** CRC-32 of two bodies, one after the other. */
  joinCrc(first: Body, second: Body): number;
}

const NOTHING = new Uint8Array(0);

/** One gzip member: RFC 1952. */
const GZIP: Envelope = {
  front: GZIP_HEADER,
  endSize: GZIP_END_SIZE,
  frontOf: () => GZIP_HEADER,
  end: ({ crc, plain }) => gzipEnd(crc, plain),
  crcIn: crcOfEnd,
  joinCrc: (first, second) => combineCrc(first.crc, second.crc, second.plain),
};

/** One zstd frame without a checksum: RFC 8878, section 3.1.1. */
const ZSTD: Envelope = {
  front: zstdHeader(),
  endSize: ZSTD_END.length,
  frontOf: zstdHeader,
  end: () => ZSTD_END,
  crcIn: () => 0,
  joinCrc: () => 0,
};

const NONE: Envelope = {
  front: NOTHING,
  endSize: 0,
  frontOf: () => NOTHING,
  end: () => NOTHING,
  crcIn: () => 0,
  joinCrc: () => 0,
};

const ENVELOPES: Readonly<Record<Compressor, Envelope>> = { gzip: GZIP, zstd: ZSTD, none: NONE };

/** The envelope of what a compressor makes. */
export function envelopeOf(compressor: Compressor): Envelope {
  return ENVELOPES[compressor];
}

/** The body of all bodies, one after the other. */
export function joinBodies(bodies: Iterable<Body>, compressor: Compressor): Body {
  const { joinCrc } = envelopeOf(compressor);
  let joined: Body = { size: 0, plain: 0, crc: 0 };
  for (const body of bodies) {
    const crc = joinCrc(joined, body);
    joined = { size: joined.size + body.size, plain: joined.plain + body.plain, crc };
  }
  return joined;
}
