import { readContent, type Content, type Inode } from '@nx-linuxkit/tree';
import { unifiedDiff } from './unified.js';

/** Bytes of a text that a person may want to read as a diff. */
const LARGEST = 64 << 10;
/** Bits of a mode that let others than the owner read. */
const READABLE = 0o044;
/** The configs of containers, which may hold an `env` that is a secret. */
const CONFIG = /^containers\/.*\/(config|runtime)\.json$/;

/**
 * A unified diff of two texts. Undefined for what is no small UTF-8 text, and for what may be a secret: Nx keeps what a
 * target prints.
 */
export async function textDiff(path: string, old: Inode, now: Inode): Promise<string | undefined> {
  const isOpen = [old, now].every(({ type, mode }) => type === 'file' && (mode & READABLE) === READABLE);
  if (!isOpen || CONFIG.test(path)) return undefined;
  const [before, after] = [await textOf(old.content), await textOf(now.content)];
  if (before === undefined || after === undefined) return undefined;
  return unifiedDiff(path, before, after);
}

async function textOf(content: Content | undefined): Promise<string | undefined> {
  if (!content) return '';
  if (content.size > LARGEST) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(content)) chunks.push(Uint8Array.from(chunk));
  const bytes = Buffer.concat(chunks);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
