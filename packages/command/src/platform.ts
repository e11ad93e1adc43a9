import { arch } from 'node:process';
import { CommandError } from './error.js';

/** Names of architectures, in OCI and elsewhere, by their OCI names. */
const NAMES: Readonly<Record<string, string>> = {
  amd64: 'amd64',
  x86_64: 'amd64',
  x64: 'amd64',
  arm64: 'arm64',
  aarch64: 'arm64',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** The OCI name of an architecture; default: that of this machine. Throws CommandError `bad-flag`. */
export function architectureOf(given: string | undefined): string {
  const name = NAMES[given ?? arch];
  if (name !== undefined) return name;
  const known = [...new Set(Object.values(NAMES))].join(', ');
  throw new CommandError('bad-flag', `unknown architecture ${JSON.stringify(given ?? arch)}`, {
    hint: `Write --arch with one of ${known}.`,
  });
}

/** The platform of an architecture, such as `linux/arm64`. */
export function platformOf(given: string | undefined): string {
  return `linux/${architectureOf(given)}`;
}
