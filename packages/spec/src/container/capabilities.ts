import { SpecError } from '../error.js';
import { compareBytes, omitEmpty } from '../go-json.js';
import { nearest } from '../schema/nearest.js';

/** The capabilities of Linux in the order of their numbers, from CAP_CHOWN (0) to CAP_CHECKPOINT_RESTORE (40). */
const ALL: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/**
 * Makes `process.capabilities`. The effective and ambient sets stay as written; the others are their sorted union.
 */
export function processCapabilities(effective: readonly string[], ambient: readonly string[]) {
  const own = expandCapabilities(effective);
  const inherited = expandCapabilities(ambient);
  const union = [...new Set([...own, ...inherited])].sort(compareBytes);
  return {
    bounding: omitEmpty(union),
    effective: omitEmpty(own),
    inheritable: omitEmpty(union),
    permitted: omitEmpty(union),
    ambient: omitEmpty(inherited),
  };
}

/** Expands `all` or `none`, if that is the only name, and checks all other names. */
export function expandCapabilities(names: readonly string[]): readonly string[] {
  if (names.length === 1 && names[0].toLowerCase() === 'none') return [];
  if (names.length === 1 && names[0].toLowerCase() === 'all') return ALL;
  names.forEach(checkCapability);
  return names;
}

/** Refuses a name that is not a capability. `all` and `none` are refused too, as they must be alone. */
export function checkCapability(name: string): void {
  if (ALL.includes(name)) return;
  const suggestion = nearest(name, ALL) ?? nearest(`CAP_${name}`, ALL);
  throw new SpecError('bad-value', `unknown capability "${name}"`, {
    hint: suggestion ? `Did you mean ${suggestion}?` : 'Write CAP_…, or all or none alone.',
  });
}
