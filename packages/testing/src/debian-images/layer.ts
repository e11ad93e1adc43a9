import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { extract, type Header, pack, type Pack } from 'tar-stream';
import type { FileDefinition } from './definitions.js';
import { ASSETS } from './paths.js';

/** Files of packages that are left out, as in Debian's own container images. */
const DROPPED = /^usr\/share\/(doc|man|locale|info|lintian|bug|bash-completion|zsh|perl5\/debconf)(\/|$)/;
const MTIME = new Date(DEFAULT_MTIME * 1000);

/** A gzip layer in a file. */
export interface Layer {
  readonly path: string;
  readonly digest: string;
  readonly diffID: string;
  /** Bytes, compressed. */
  readonly size: number;
  /** Bytes, uncompressed. */
  readonly unpacked: number;
}

/** Writes one gzip layer: the files of packages in the given order, then single files, then those that `extra` adds. */
export async function writeLayer(
  path: string,
  debs: readonly string[],
  files: readonly FileDefinition[],
  extra?: (add: AddFile) => Promise<void>,
): Promise<Layer> {
  const tar = pack();
  const plain = new Meter();
  const compressed = new Meter();
  const written = pipeline(tar, plain, createGzip({ level: 6 }), compressed, createWriteStream(path));
  const entries = new LayerEntries(tar);
  for (const deb of debs) await entries.addPackage(deb);
  for (const file of files) await entries.addDefinition(file);
  await extra?.((name, body, mode) => entries.addFile(name, body, mode));
  tar.finalize();
  await written;
  return {
    path,
    digest: compressed.digest(),
    diffID: plain.digest(),
    size: compressed.bytes,
    unpacked: plain.bytes,
  };
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;
type AddFile = (name: string, body: Buffer, mode?: number) => Promise<void>;

/** Writes the entries of a layer, each directory once. */
class LayerEntries {
  private readonly seen = new Set<string>();

  constructor(private readonly tar: Pack) {}

  async addPackage(deb: string): Promise<void> {
    const dpkg = spawn('dpkg-deb', ['--fsys-tarfile', deb], { stdio: ['ignore', 'pipe', 'inherit'] });
    const reader = extract();
    const read = pipeline(dpkg.stdout, reader);
    for await (const entry of reader) {
      const header = cleaned(entry.header);
      if (header.name === '' || DROPPED.test(header.name) || this.isKnown(header)) entry.resume();
      else await pipeline(entry, this.tar.entry(header));
    }
    await read;
  }

  async addDefinition(file: FileDefinition): Promise<void> {
    await this.addParents(file.path);
    if (file.symlink !== undefined)
      return this.add({ name: file.path, type: 'symlink', linkname: file.symlink });
    if (file.directory) return this.add({ name: file.path, type: 'directory', mode: 0o755 });
    const source = file.asset === undefined ? undefined : join(ASSETS, file.asset);
    const body = source === undefined ? Buffer.from(file.text ?? '') : readFileSync(source);
    await this.addFile(
      file.path,
      body,
      source !== undefined && statSync(source).mode & 0o100 ? 0o755 : 0o644,
    );
  }

  async addFile(name: string, body: Buffer, mode = 0o644): Promise<void> {
    await this.add({ name, type: 'file', mode, size: body.length }, body);
  }

  private async addParents(path: string): Promise<void> {
    const parts = path.split('/').slice(0, -1);
    for (const index of parts.keys()) {
      await this.add({ name: parts.slice(0, index + 1).join('/'), type: 'directory', mode: 0o755 });
    }
  }

  private async add(header: EntryHeader, body?: Buffer): Promise<void> {
    if (this.isKnown(header)) return;
    const full = { uid: 0, gid: 0, mtime: MTIME, ...header };
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      if (body) this.tar.entry(full, body, done);
      else this.tar.entry(full, done);
    });
  }

  /** Tells whether a directory was written before: packages share directories, and the first one counts. */
  private isKnown({ name, type }: EntryHeader): boolean {
    if (type !== 'directory') return false;
    if (this.seen.has(name)) return true;
    this.seen.add(name);
    return false;
  }
}

/** Removes the `./` with which the names of a .deb start, unlike those of an image. */
function cleaned(header: Header): EntryHeader {
  const clean = (name: string) => name.replace(/^\.\//, '').replace(/\/$/, '');
  const linkname = header.type === 'link' ? clean(header.linkname ?? '') : header.linkname;
  return {
    ...header,
    name: clean(header.name === '.' ? '' : header.name),
    linkname,
    uname: '',
    gname: '',
    pax: null,
  };
}

/** Counts and hashes the bytes of a stream. */
class Meter extends Transform {
  bytes = 0;
  private readonly hash = createHash('sha256');

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }

  digest(): string {
    return `sha256:${this.hash.digest('hex')}`;
  }
}
