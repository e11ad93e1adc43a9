import { withRootDevice } from './root-device.js';

it.each([
  ['', 'root=/dev/vda'],
  ['console=ttyS0', 'console=ttyS0 root=/dev/vda'],
  ['root=/dev/sda quiet', 'root=/dev/sda quiet'],
  ['bootroot=x', 'bootroot=x root=/dev/vda'],
])('%j names its root as %j', (cmdline, expected) => expect(withRootDevice(cmdline)).toBe(expected));
