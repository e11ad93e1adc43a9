import type { Readable, Writable } from 'node:stream';
import type { RunningMachine } from '../boot.js';
import { beforeEnd } from '../process.js';
import { Keys, type Interrupt, type Leave } from './keys.js';

/** A terminal of the host. */
export interface Terminal {
  /** Its keyboard: raw while a machine has it, so that the guest gets every key at once and unchanged. */
  readonly input: Readable & { setRawMode(raw: boolean): unknown };
  readonly output: Writable;
}

/** A terminal that shows the console of a machine. */
export interface ConnectedTerminal {
  /** Writes a line of the host's own between the lines of the guest. */
  say(line: string): void;
  /** Returns how a person ended the machine by the keyboard; undefined if the machine ended in another way. */
  left(): Leave | undefined;
  /** Gives the terminal back as it was. Happens by itself when this process ends. */
  disconnect(): void;
}

const NEWLINE = 0x0a;

/** Connects a terminal to the serial console of a machine, until `disconnect`. Keys that end the machine stop it. */
export function connectTerminal(
  { input: guest, output: console, stop }: Pick<RunningMachine, 'input' | 'output' | 'stop'>,
  { input, output }: Terminal,
  interrupt: Interrupt,
): ConnectedTerminal {
  const keys = new Keys(interrupt);
  let left: Leave | undefined;
  let atLineStart = true;

  const show = (chunk: Uint8Array) => {
    atLineStart = chunk.at(-1) === NEWLINE;
    if (output.write(chunk)) return;
    console.pause();
    output.once('drain', () => console.resume());
  };
  const type = (chunk: Uint8Array) => {
    const pressed = keys.read(chunk);
    if (pressed.guest.length > 0) guest.write(pressed.guest);
    if (!pressed.leave || left) return;
    left = pressed.leave;
    void stop();
  };
  const restore = () => void input.setRawMode(false);
  const forget = beforeEnd(restore);

  input.setRawMode(true);
  input.on('data', type);
  console.on('data', show);
  return {
    say(line) {
      // The terminal is raw: a line feed alone would leave the cursor in its column.
      output.write(`${atLineStart ? '' : '\r\n'}${line}\r\n`);
      atLineStart = true;
    },
    left: () => left,
    disconnect() {
      forget();
      input.off('data', type);
      input.pause();
      restore();
    },
  };
}
