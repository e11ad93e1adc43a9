import type { ExecutorContext } from '@nx/devkit';
import { connectTerminal, type HypervisorMachine, type Interrupt, type Leave } from '@nx-linuxkit/machine';
import { findTerminal } from './find-terminal.js';
import { copyLines } from './line-output.js';

/** Where a person sees a machine. */
export interface Console {
  say(line: string): void;
  /** How a person ended the machine by the keyboard; undefined if the machine ended in another way. */
  left(): Leave | undefined;
  disconnect(): void;
}

/** Gives a machine the terminal, or, where there is none, Nx's output and what comes on standard input. */
export function openConsole(
  machine: HypervisorMachine,
  interrupt: Interrupt,
  context: ExecutorContext,
): Console {
  const terminal = findTerminal(context);
  if (!terminal) return logConsole(machine);
  const connected = connectTerminal(machine, terminal, interrupt);
  connected.say(quitLine(interrupt));
  return connected;
}

/** The line about the keys. */
function quitLine(interrupt: Interrupt): string {
  return interrupt === 'end'
    ? 'quit: Ctrl-A x or Ctrl-C (--interrupt=guest sends that to the guest)'
    : 'quit: Ctrl-A x; Ctrl-C goes to the guest';
}

function logConsole({ input, output }: HypervisorMachine): Console {
  copyLines(output, process.stdout);
  // A script may type for a person. Nothing waits for the end: in a log standard input often has none.
  if (!process.stdin.isTTY) process.stdin.pipe(input, { end: false });
  return { say: console.log, left: () => undefined, disconnect: () => process.stdin.unpipe(input) };
}
