import { checkCharacters, trimmedLine } from './cmdline.js';
import { syslinuxConfig } from './syslinux.js';

test('white space at the ends of a line is left out, as a YAML block adds it', () =>
  expect(trimmedLine('\n a  b\t\n')).toBe('a  b'));

const control = [...Array.from({ length: 32 }, (_, code) => code), 0x7f].map((code) =>
  String.fromCharCode(code),
);

test.each(control)('the control character %j is refused with its argument', (character) => {
  for (const [cmdline, argument] of [
    [`a=1${character}b=2 c`, /^[\s\S]*b=2$/],
    [`c "a${character}b" d`, /^"a[\s\S]b"$/],
  ] as const) {
    let error: { code?: string; message?: string } = {};
    try {
      checkCharacters(cmdline, 'raw-bios');
    } catch (thrown) {
      error = thrown as typeof error;
    }
    expect(error.code).toBe('bad-cmdline');
    const [, quoted] = /^raw-bios cannot pass on (".*") of kernel.cmdline: /.exec(error.message!)!;
    expect(JSON.parse(quoted)).toMatch(argument);
  }
});

test('every printable character reaches syslinux as it is', () => {
  const line = Array.from({ length: 95 }, (_, i) => `a${String.fromCharCode(32 + i)}b`).join(' ');
  expect(() => checkCharacters(line, 'raw-bios')).not.toThrow();
  expect(syslinuxConfig(line).split('\n')).toContain(`APPEND initrd=/initrd.img ${line}`);
});

test('the initrd of syslinux stands before one of the line, because the loader takes the first', () =>
  expect(syslinuxConfig('a initrd=nothere').match(/initrd=\S+/g)).toEqual([
    'initrd=/initrd.img',
    'initrd=nothere',
  ]));
