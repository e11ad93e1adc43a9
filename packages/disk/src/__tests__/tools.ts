import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteSource, Content } from '@nx-linuxkit/tree';
import { makeImage, readImage, type Image } from '../image/image.js';
import { isZero } from '../image/zeros.js';

/** A directory that is removed after the spec file. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'disk-spec-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs a program and returns its output; throws if it fails. */
export function run(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
        TZ: 'UTC',
        LC_ALL: 'C.UTF-8',
        MTOOLS_SKIP_CHECK: '0',
      },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}

/** Writes an image's bytes to a file, with `readImage` alone, and returns the path. */
export async function dump(image: Image, path: string): Promise<string> {
  const file = await open(path, 'w');
  try {
    let at = 0;
    for await (const chunk of readImage(image)) {
      if (!isZero(chunk)) await file.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    await file.truncate(at);
  } finally {
    await file.close();
  }
  return path;
}

/** An image of one content. */
export const contentAsImage = (content: Content): Image => makeImage(content.size, [{ offset: 0, content }]);

export async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

/** Bytes that do not compress and do not repeat; they are the same on every run. */
export function noise(size: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** A content that claims to have `size` bytes, and whose source always gives `bytes`. */
export function lyingContent(bytes: string, size: number): Content {
  const source: ByteSource = {
    id: `${bytes} as ${size} bytes`,
    size,
    async *read() {
      yield Buffer.from(bytes);
    },
  };
  return { source, offset: 0, size };
}
