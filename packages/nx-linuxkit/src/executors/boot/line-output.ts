import type { Readable, Writable } from 'node:stream';

/** A prompt ends without a line end: what came is shown when nothing follows for so long, in milliseconds. */
const IDLE = 100;

/**
 * Copies a console in whole lines. A serial console comes letter by letter, and Nx ends what it captures from a
 * task with a line end, each time.
 */
export function copyLines(from: Readable, to: Writable, idle = IDLE): void {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (upTo = pending.length) => {
    if (upTo > 0) to.write(pending.slice(0, upTo));
    pending = pending.slice(upTo);
  };
  from.setEncoding('utf8');
  from.on('data', (text: string) => {
    clearTimeout(timer);
    pending += text;
    flush(pending.lastIndexOf('\n') + 1);
    timer = setTimeout(() => flush(), idle);
  });
  from.once('end', () => {
    clearTimeout(timer);
    flush();
  });
}
