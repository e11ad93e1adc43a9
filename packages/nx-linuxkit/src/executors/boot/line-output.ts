import type { Readable, Writable } from 'node:stream';

/** Milliseconds without output after which an unfinished line is shown: a prompt has no line end. */
const IDLE = 100;

/**
 * Copies a console in whole lines. A serial console sends letter by letter, and Nx adds a line end to each write that
 * it captures from a task.
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
