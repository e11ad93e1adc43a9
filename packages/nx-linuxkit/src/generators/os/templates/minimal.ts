import { BOOT_LIMIT, image, type Template } from './template.js';

/** A system that runs one container to its end, then powers off. */
export const minimal: Template = {
  yaml: (name) => `kernel:
  image: ${image('kernel')}
  cmdline: 'console=ttyS0 quiet'
init:
  - ${image('init')}
  - ${image('runc')}
# There is no login: the system powers off when its containers have run.
onboot:
  - name: hello
    image: ${image('poweroff')}
    command: ['/bin/sh', '-c', 'echo Hello from ${name}']
  - name: poweroff
    image: ${image('poweroff')}
    command: ['/poweroff', '0']
`,
  bootTest: { network: 'none', powerOff: true, timeout: BOOT_LIMIT },
};
