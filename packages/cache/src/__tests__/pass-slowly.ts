import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Passes a stream on at a number of bytes a second, until it ends or its source does. */
export async function passSlowly(from: Readable, to: Writable, bytesPerSecond: number): Promise<void> {
  const begun = performance.now();
  let passed = 0;
  try {
    for await (const part of from as AsyncIterable<Buffer>) {
      to.write(part);
      passed += part.length;
      await sleep((passed / bytesPerSecond) * 1000 - (performance.now() - begun), undefined, { ref: false });
    }
    to.end();
  } catch {
    to.destroy();
  }
}
