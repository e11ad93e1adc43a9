import { createHash } from 'node:crypto';
import { bytesSource } from '../source.js';
import { TarIndexer, type TarIndexerOptions } from '../tar/indexer.js';
import type { LayerEntry } from '../layer-entry.js';
import type { LayerIndex } from '../layer/layer-index.js';
import { applyLayers } from '../layer/apply.js';
import type { ImageTree } from '../layer/image-tree.js';
import { nameToBytes } from '../name.js';

/** A tar member written by hand, so that any field can be wrong. Strings may be longer than their fields. */
export interface RawMember {
  name: string;
  flag?: string;
  body?: string | Buffer;
  mode?: number;
  uid?: number | Buffer;
  gid?: number | Buffer;
  mtime?: number | Buffer;
  /** The size in the header; the body's length if absent. */
  size?: number | Buffer;
  link?: string;
  prefix?: string;
  device?: [number, number];
  magic?: string;
  /** Added to the correct checksum. */
  checksumError?: number;
}

export function rawMember(member: RawMember): Buffer {
  const {
    name,
    flag = '0',
    mode = 0o644,
    uid = 0,
    gid = 0,
    mtime = 1_600_000_000,
    link = '',
    prefix = '',
  } = member;
  const body = Buffer.isBuffer(member.body) ? member.body : Buffer.from(member.body ?? '');
  const block = Buffer.alloc(512);
  nameToBytes(name).copy(block, 0, 0, 100);
  put(block, 100, 8, mode);
  put(block, 108, 8, uid);
  put(block, 116, 8, gid);
  put(block, 124, 12, member.size ?? body.length);
  put(block, 136, 12, mtime);
  block.write(flag, 156, 'latin1');
  nameToBytes(link).copy(block, 157, 0, 100);
  block.write(member.magic ?? 'ustar\x0000', 257, 'latin1');
  if (member.device) {
    put(block, 329, 8, member.device[0]);
    put(block, 337, 8, member.device[1]);
  }
  nameToBytes(prefix).copy(block, 345, 0, 155);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0) + (member.checksumError ?? 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

function put(block: Buffer, at: number, length: number, value: number | Buffer): void {
  if (Buffer.isBuffer(value)) value.copy(block, at, 0, length);
  else block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
}

export function rawTar(members: readonly RawMember[]): Buffer {
  return Buffer.concat([...members.map(rawMember), Buffer.alloc(1024)]);
}

/** PAX records with correct lengths. */
export function paxRecords(records: Record<string, string | Buffer>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value as string), Buffer.from('\n')]);
      let length = body.length + 1;
      while (String(length).length + body.length !== length) length = String(length).length + body.length;
      return Buffer.concat([Buffer.from(String(length)), body]);
    }),
  );
}

export function pax(records: Record<string, string | Buffer>, flag = 'x'): RawMember {
  return { name: 'PaxHeaders/x', flag, body: paxRecords(records) };
}

export function indexOf(bytes: Buffer, options?: TarIndexerOptions, chunk = bytes.length): LayerEntry[] {
  const indexer = new TarIndexer(options);
  for (let at = 0; at < bytes.length; at += chunk) indexer.write(bytes.subarray(at, at + chunk));
  return indexer.end();
}

export interface TestLayer {
  readonly bytes: Buffer;
  readonly index: LayerIndex & { readonly entries: readonly LayerEntry[] };
}

export function layerOf(tar: Buffer): TestLayer {
  const diffID = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  return { bytes: tar, index: { diffID, size: tar.length, entries: indexOf(tar) } };
}

export function imageOf(...layers: TestLayer[]): ImageTree {
  const sources = new Map(layers.map(({ bytes, index }) => [index.diffID, bytesSource(bytes, index.diffID)]));
  return applyLayers(
    layers.map(({ index }) => index),
    { open: (diffID) => sources.get(diffID)! },
  );
}

/** An image of hand-written layers. */
export function rawImage(...layers: (readonly RawMember[])[]): ImageTree {
  return imageOf(...layers.map((members) => layerOf(rawTar(members))));
}

export const dir = (name: string, mode = 0o755): RawMember => ({ name, flag: '5', mode });
export const file = (name: string, body = name, mode = 0o644): RawMember => ({ name, body, mode });
export const symlink = (link: string, name: string): RawMember => ({ name, flag: '2', link, mode: 0o777 });
export const hardlink = (link: string, name: string): RawMember => ({ name, flag: '1', link });
