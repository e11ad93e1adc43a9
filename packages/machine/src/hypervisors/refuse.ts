import { MachineError } from '../error.js';
import type { BootMedium } from '../options.js';
import type { GuestMachine } from './hypervisor.js';

/** The error for something that a hypervisor does not have. */
export function refused(what: string, hint: string): MachineError {
  return new MachineError('invalid-option', what, { hint });
}

/** The error for a medium that a hypervisor does not boot. */
export function refusedMedium(title: string, { kind }: BootMedium, formats: readonly string[]): MachineError {
  return refused(`${title} does not boot a medium of the kind ${kind}`, `Boot ${formats.join(', ')}.`);
}

/** Refuses published ports where the hypervisor forwards none. */
export function refusePorts(title: string, { ports }: Pick<GuestMachine, 'ports'>): void {
  if (ports.length === 0) return;
  throw refused(
    `${title} publishes no ports of the guest`,
    'Leave the option publish out, and reach the guest by its own address.',
  );
}

/** The device of `tap,DEVICE`; undefined without a network. Other networks are QEMU's. */
export function tapOf(title: string, { network }: Pick<GuestMachine, 'network'>): string | undefined {
  if (network === 'none' || network === 'user') return undefined;
  const [kind, device] = network.split(',');
  if (kind === 'tap' && device) return device;
  throw refused(`${title} has no network ${network}`, 'Write none or tap,<device>.');
}

/** Refuses a path that would end a value in a list with commas. */
export function plainPath(title: string, path: string): string {
  if (!path.includes(',')) return path;
  throw refused(
    `${title} reads a comma as the end of a path: ${path}`,
    'Move the workspace to a folder whose path has no comma.',
  );
}
