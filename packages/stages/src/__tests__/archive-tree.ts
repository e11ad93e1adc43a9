import { readFileSync } from 'node:fs';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { TarIndexer, applyLayers, bytesSource, kernelUnpack, readCpio, type Tree } from '@nx-linuxkit/tree';

/** The tree that a tar archive extracts to. */
export async function treeOfTar(path: string): Promise<Tree> {
  const bytes = readFileSync(path);
  const indexer = new TarIndexer();
  indexer.write(bytes);
  const open = () => bytesSource(bytes);
  return applyLayers([{ diffID: path, size: bytes.length, entries: indexer.end() }], { open }).tree;
}

/**
 * The tree that the kernel unpacks an initrd to, and the entries that it drops. Fails where the initrd, behind microcode,
 * is not one gzip member of one archive that names each path once, and a directory always with one mode and owner.
 */
export async function treeOfInitrd(path: string): Promise<{ tree: Tree; lost: readonly string[] }> {
  const bytes = readFileSync(path);
  const stream = async function* () {
    yield bytes;
  };
  let members = 0;
  const decompress = (rest: Buffer) => {
    const member = gunzipMember(rest);
    members += 1;
    expect(member.used).toBe(rest.length);
    return member;
  };
  const archives = await readCpio(stream(), { decompress });
  expect(members).toBe(1);
  const named = new Map<string, string>();
  for (const { path: name, inode } of archives.at(-1)!) {
    const said = inode.type === 'dir' ? `${inode.mode} ${inode.uid} ${inode.gid}` : inode.type;
    expect([name, named.get(name) ?? said]).toEqual([name, said]);
    if (inode.type !== 'dir') expect([name, named.has(name)]).toEqual([name, false]);
    named.set(name, said);
  }
  return kernelUnpack(archives);
}

/** Inflates one gzip member. No header has its length, so inflating finds it. */
function gunzipMember(bytes: Buffer): { plain: Uint8Array; used: number } {
  const HEADER = 10;
  const { buffer, engine } = inflateRawSync(bytes.subarray(HEADER), { info: true } as never) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  const used = HEADER + engine.bytesWritten + 8;
  if (!gunzipSync(bytes.subarray(0, used)).equals(buffer)) throw new Error('a gzip member does not check');
  return { plain: buffer, used };
}
