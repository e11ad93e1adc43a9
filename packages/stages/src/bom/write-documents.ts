import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A document about a system. */
export interface BomDocument {
  /** The name of its file. */
  readonly file: string;
  /** Its text, in pieces. */
  text(): Iterable<string>;
}

/** Writes documents into a folder that is there, one after the other. */
export async function writeDocuments(folder: string, documents: readonly BomDocument[]): Promise<void> {
  for (const { file, text } of documents)
    await pipeline(Readable.from(inBytes(text())), createWriteStream(join(folder, file)));
}

function* inBytes(texts: Iterable<string>): Generator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}
