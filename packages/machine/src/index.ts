export { DEFAULT_MEMORY } from './argv.js';
export { whenAnswered } from './answers.js';
export { boot, qemuFailure, type MachineExit, type RunningMachine } from './boot.js';
export { makeStateFolder } from './state-folder.js';
export { bootTest, type BootTestResult } from './boot-test.js';
export { channelArguments, openChannel, type Channel } from './channel.js';
export { checkMachine } from './check-machine.js';
export type { Timing } from './boot-watch.js';
export { parseDisk } from './disks.js';
export { bootOn, hypervisorFailure, type HypervisorMachine } from './hypervisors/boot-on.js';
export { findHypervisor, hypervisors } from './hypervisors/hypervisors.js';
export type { GuestMachine, Hypervisor } from './hypervisors/hypervisor.js';
export { resolvePorts } from './ports.js';
export { MachineError, type MachineErrorCode } from './error.js';
export { mediumOf } from './format-medium.js';
export { bootProperties, bootTestProperties } from './schema.js';
export { connectTerminal, type ConnectedTerminal, type Terminal } from './terminal/connect.js';
export type { Interrupt, Leave } from './terminal/keys.js';
export type {
  Accelerator,
  Architecture,
  BootMedium,
  BootOptions,
  BootTestOptions,
  ConsolePattern,
  DiskFormat,
  DiskInterface,
  DiskMedium,
  EfiMedium,
  ExtraDisk,
  Firmware,
  HttpCheck,
  IsoMedium,
  KernelMedium,
  MachineOptions,
  Network,
  PublishedPort,
  UefiImages,
} from './options.js';
