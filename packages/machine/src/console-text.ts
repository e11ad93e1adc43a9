/**
 * Terminal control sequences (ECMA-48): CSI (colours, cursor), OSC (titles) up to BEL or ST, and the short sequences
 * (`ESC c`, `ESC ( B`) that firmware prints when it resets the screen.
 */
// eslint-disable-next-line no-control-regex
const ESCAPE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-Z\\^-~])/g;
/** Characters that a terminal does not show: the CR of CR LF, and control characters except tab and newline. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g;
/**
 * Characters. This is longer than any sequence that firmware or a kernel prints, so a longer one is not a sequence.
 */
const MAX_HELD = 256;

/** Turns the bytes of a serial console into plain text. A sequence may be split between chunks. */
export class ConsoleText {
  private readonly decoder = new TextDecoder();
  private held = '';

  write(chunk: Uint8Array): string {
    return this.clean(this.held + this.decoder.decode(chunk, { stream: true }));
  }

  /** Returns the text that is still held when the console closes. */
  end(): string {
    return strip(this.held + this.decoder.decode());
  }

  private clean(text: string): string {
    const rest = text.replace(ESCAPE, (sequence) => ' '.repeat(sequence.length));
    const open = rest.indexOf('\x1b');
    const cut = open === -1 || text.length - open > MAX_HELD ? text.length : open;
    this.held = text.slice(cut);
    return strip(text.slice(0, cut));
  }
}

function strip(text: string): string {
  return text.replace(ESCAPE, '').replace(CONTROL, '');
}
