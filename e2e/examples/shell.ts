import type { Guest } from './guest.js';

const PORT = 2323;

/** To be published, for `inGuest`. */
export const SHELL_PORT = `0:${PORT}`;

/** An example with a service more: a shell on a port, in the base set's image for those who log in. */
export function withShell(example: string): string {
  return `extends: [../../examples/${example}/linuxkit.yml]
services:
  - name: zz-shell # the last to start, so that it delays no other
    image: '@pkg:@nx-linuxkit/images/getty'
    command: [/usr/bin/nc, -ll, -p, '${PORT}', -e, /bin/sh]
outputs: [{ format: kernel+initrd }]
`;
}

/** What commands print, standard error with it. */
export async function inGuest(guest: Guest, commands: string): Promise<string> {
  const answer = await guest.say(PORT, `{ ${commands}; } 2>&1; echo "end of"" answer"\n`, /end of answer\n/);
  return answer.slice(0, answer.indexOf('end of answer'));
}

/** Asks init for it, and resolves with the seconds until the machine is off. */
export function powerOff(guest: Guest): Promise<number> {
  // The shell goes down with the rest: an answer that is missing is no failure, a machine that stays on is.
  void guest.say(PORT, 'poweroff; echo "power"" off"\n', /power off\n/).catch(() => undefined);
  return guest.poweredOff();
}
