import type { Architecture, BootMedium, Network, PublishedPort, UefiImages } from '../options.js';

/** A machine that a hypervisor is to run. */
export interface GuestMachine {
  /** Letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  readonly medium: BootMedium;
  readonly arch: Architecture;
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
  /** Absolute path of a folder for what the hypervisor needs. It is there. */
  readonly state: string;
  /** Absolute path of a folder for sockets, which is short enough for their addresses. It is there. */
  readonly sockets: string;
  readonly network: Network;
  readonly ports: readonly PublishedPort[];
  /** Path of a disk with user data, which the guest may only read. */
  readonly data?: string;
  readonly uefi?: UefiImages;
}

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** Tells whether a machine still runs, by what a command prints. */
export interface Watch {
  readonly ask: Command;
  readonly isRunning: (printed: string) => boolean;
}

/** All that is done to run a machine, as data. */
export interface Plan {
  /** Files of the build that the guest may change: copies of them. */
  readonly copies?: readonly { readonly from: string; readonly to: string }[];
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  /** Commands that come first, one after the other. */
  readonly prepare?: readonly Command[];
  /** A command that lasts as long as the machine, with the console on its standard streams; or a look at a machine that was started. */
  readonly run: Command | Watch;
  /** The socket or pipe of the console, where it is not on the streams of `run`. */
  readonly console?: string;
  /** Commands that remove the machine in the end, however it ended. */
  readonly finish?: readonly Command[];
}

/** A program that runs machines in the place of QEMU. A new one is a folder and a row in `hypervisors.ts`. */
export interface Hypervisor {
  readonly name: string;
  readonly title: string;
  /** Formats that it boots, the best first. */
  readonly formats: readonly string[];
  readonly architectures: readonly Architecture[];
  /** How its program is installed, as a hint. */
  readonly install: string;
  /** Plans a machine. Throws MachineError `invalid-option` for what the hypervisor does not have. */
  readonly plan: (machine: GuestMachine) => Plan | Promise<Plan>;
}
