/** What Ctrl-C does at the terminal of a machine: it ends the machine, or the guest gets it. */
export type Interrupt = 'end' | 'guest';

/** How a person left a machine by the keyboard. */
export type Leave = 'quit' | 'interrupt';

const CTRL_A = 0x01;
const CTRL_C = 0x03;

/** The keys that were read: those for the guest, and whether the machine shall end. */
export interface Pressed {
  readonly guest: Uint8Array;
  readonly leave?: Leave;
}

/**
 * Tells keys for the guest from those for the machine. As in `qemu -nographic`, Ctrl-A x ends the machine and Ctrl-A twice
 * sends one Ctrl-A. After any other key the guest gets both, so that Ctrl-A works in its shell.
 */
export class Keys {
  private escaped = false;

  constructor(private readonly interrupt: Interrupt) {}

  /** Reads bytes of the terminal. Bytes behind the key that ends the machine are dropped. */
  read(bytes: Uint8Array): Pressed {
    const guest: number[] = [];
    for (const byte of bytes) {
      const leave = this.leaveOf(byte);
      if (leave) return { guest: Uint8Array.from(guest), leave };
      guest.push(...this.guestBytes(byte));
    }
    return { guest: Uint8Array.from(guest) };
  }

  private leaveOf(byte: number): Leave | undefined {
    if (this.escaped && (byte === 0x78 || byte === 0x58)) return 'quit';
    return byte === CTRL_C && this.interrupt === 'end' ? 'interrupt' : undefined;
  }

  private guestBytes(byte: number): number[] {
    if (this.escaped) {
      this.escaped = false;
      return byte === CTRL_A ? [CTRL_A] : [CTRL_A, byte];
    }
    this.escaped = byte === CTRL_A;
    return this.escaped ? [] : [byte];
  }
}
