import { createHash } from 'node:crypto';
import { isZero } from '../file/disk-file.js';
import { inParallel } from '../in-parallel.js';
import type { Session, Wanted } from '../platform.js';
import { elementsAt, parseXml, textAt } from '../xml/xml.js';

/** Bytes of one Put Page, the most that Azure takes. */
const RANGE = 4 * 2 ** 20;
/** Requests at one time. Memory: 32 MiB. */
const PARALLEL = 8;
const HEADERS = { 'x-ms-version': '2021-08-06' };

/** The bytes from `start` up to `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Writes a file into a page blob by the address that grants it, in ranges of 4 MiB. Ranges of zeros are left out, because
 * a new blob holds zeros, and so are those that the blob has from an interrupted upload.
 */
export async function sendPages(
  { client, progress, log }: Session,
  address: string,
  { file }: Pick<Wanted, 'file'>,
): Promise<void> {
  const there = await writtenRanges({ client }, address);
  if (there.length > 0) log('goes on with the pages that are missing');
  const ranges = Array.from({ length: Math.ceil(file.size / RANGE) }, (_, i) => ({
    start: i * RANGE,
    end: Math.min((i + 1) * RANGE, file.size),
  }));
  let done = 0;
  await inParallel(ranges, PARALLEL, async (range) => {
    const bytes = await file.read(range.start, range.end);
    if (!isZero(bytes) && !there.some((has) => has.start <= range.start && range.end <= has.end)) {
      await client.call({
        method: 'PUT',
        url: `${address}&comp=page`,
        headers: {
          ...HEADERS,
          'x-ms-page-write': 'update',
          'x-ms-range': `bytes=${range.start}-${range.end - 1}`,
          // Azure compares it, so that a page that was damaged on the way is refused.
          'content-md5': createHash('md5').update(bytes).digest('base64'),
        },
        body: bytes,
        purpose: `send the bytes from ${range.start} on`,
      });
    }
    done += bytes.length;
    progress(done, file.size);
  });
}

async function writtenRanges({ client }: Pick<Session, 'client'>, address: string): Promise<Range[]> {
  const url = `${address}&comp=pagelist`;
  const answer = await client.call({
    method: 'GET',
    url,
    headers: HEADERS,
    purpose: 'ask which pages are there',
  });
  return elementsAt(parseXml(answer.text), 'PageList', 'PageRange').map((range) => ({
    start: Number(textAt(range, 'Start')),
    end: Number(textAt(range, 'End')) + 1,
  }));
}
