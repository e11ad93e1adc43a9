import { grubConfig } from './grub.js';

const linuxLine = (cmdline: string) => /linux \/kernel.*/.exec(grubConfig(cmdline))?.[0];

test.each([
  ['', 'linux /kernel'],
  ['console=tty0 console=ttyS0,115200n8 quiet', 'linux /kernel console=tty0 console=ttyS0,115200n8 quiet'],
  ['a=$HOME b=x;reboot c={y} d=#1', "linux /kernel 'a=$HOME' 'b=x;reboot' 'c={y}' 'd=#1'"],
  ['dyndbg="file a.c +p" quiet', "linux /kernel 'dyndbg=file a.c +p' quiet"],
])('%j means to GRUB what it means to the kernel', (cmdline, line) => expect(linuxLine(cmdline)).toBe(line));

test.each(["a='b'", 'a\\b'])('%j is refused, as GRUB would change it', (cmdline) =>
  expect(() => grubConfig(cmdline)).toThrow(expect.objectContaining({ code: 'unsupported' })),
);
