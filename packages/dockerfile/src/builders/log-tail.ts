/** Lines of a builder's log that stand in its error. */
const KEPT = 40;
/** Characters of a line that are kept: programs draw progress in lines without an end. */
const LONGEST = 1000;

/** Cuts a builder's output into lines, passes them on, and keeps the last ones. */
export class LogTail {
  readonly lines: string[] = [];
  private rest = '';

  constructor(private readonly log: (line: string) => void) {}

  add(chunk: Buffer | string): void {
    const parts = (this.rest + chunk.toString()).split(/\r?\n|\r/);
    this.rest = (parts.pop() as string).slice(-LONGEST);
    for (const line of parts) this.keep(line.slice(0, LONGEST));
  }

  /** Takes what stands after the last line end. */
  end(): void {
    if (this.rest !== '') this.keep(this.rest);
    this.rest = '';
  }

  private keep(line: string): void {
    if (line.trim() === '') return;
    this.log(line);
    this.lines.push(line);
    if (this.lines.length > KEPT) this.lines.shift();
  }
}
