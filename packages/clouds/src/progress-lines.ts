/** Milliseconds between two lines, so that a log stays short and a person sees that something happens. */
const INTERVAL = 5000;

/** Makes lines such as `sent 42 % of 63.9 MB` out of bytes, one every five seconds. */
export function progressLines(log: (line: string) => void): (sent: number, total: number) => void {
  let last = performance.now();
  return (sent, total) => {
    const now = performance.now();
    if (now - last < INTERVAL || total === 0) return;
    last = now;
    log(`sent ${Math.floor((100 * sent) / total)} % of ${(total / 1e6).toFixed(1)} MB`);
  };
}
