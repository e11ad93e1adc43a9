import type { Guest } from './guest.js';

const PORT = 2323;

/** The port to publish for `inGuest`. */
export const SHELL_PORT = `0:${PORT}`;

/** A shell on a port, in the base set's image for logins, as an entry of `services`. */
export const SHELL_SERVICE = `  - name: zz-shell # the last to start, so that it delays no other
    image: '@pkg:@nx-linuxkit/images/getty'
    command: [/usr/bin/nc, -ll, -p, '${PORT}', -e, /bin/sh]
`;

/** Returns an example with one more service: a shell on a port. */
export function withShell(example: string): string {
  return `extends: [../../examples/${example}/linuxkit.yml]
services:
${SHELL_SERVICE}outputs: [{ format: kernel+initrd }]
`;
}

/** Runs commands in the guest, and returns what they print on standard output and standard error. */
export async function inGuest(guest: Guest, commands: string): Promise<string> {
  const answer = await guest.say(PORT, `{ ${commands}; } 2>&1; echo "end of"" answer"\n`, /end of answer\n/);
  return answer.slice(0, answer.indexOf('end of answer'));
}

let jobs = 0;

/** Runs commands that take long or that must not run twice, behind the connection, and returns what they print. */
export async function inGuestOnce(guest: Guest, commands: string): Promise<string> {
  const job = `/run/job-${++jobs}`;
  const begin = `{ : >${job}; { { ${commands}; } >${job}.out 2>&1; : >${job}.end; } & }`;
  return guest.until(`end of ${commands}`, async () => {
    const said = await inGuest(
      guest,
      `[ -e ${job} ] || ${begin}; [ ! -e ${job}.end ] || { echo over; cat ${job}.out; }`,
    );
    return said.startsWith('over\n') ? said.slice('over\n'.length) : undefined;
  });
}

/** Asks init to power off, and resolves with the seconds until the machine is off. */
export function powerOff(guest: Guest): Promise<number> {
  // The shell may end before it answers. A machine that stays on fails the test.
  void guest.say(PORT, 'poweroff; echo "power"" off"\n', /power off\n/).catch(() => undefined);
  return guest.poweredOff();
}
