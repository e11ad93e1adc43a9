import fc from 'fast-check';
import { grubConfig } from './grub.js';

const linuxLine = (cmdline: string) => /linux \/kernel.*/.exec(grubConfig(cmdline, 'raw-efi'))?.[0];

/** The words of a script line, for the quoting that `grubConfig` uses. */
function scriptWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|([^ ']+)/g)].map(([, single, bare]) => single ?? bare);
}

/** What GRUB makes of words: grub_create_loader_cmdline in grub-core/lib/cmdline.c. */
function passedOn(words: readonly string[]): string {
  return words
    .map((word) => word.replace(/["'\\]/g, '\\$&'))
    .map((word) => (word.includes(' ') ? `"${word}"` : word))
    .join(' ');
}

test.each([
  ['', 'linux /kernel'],
  ['console=tty0 console=ttyS0,115200n8 quiet', 'linux /kernel console=tty0 console=ttyS0,115200n8 quiet'],
  ['a=$HOME b=x;reboot c={y} d=#1', "linux /kernel 'a=$HOME' 'b=x;reboot' 'c={y}' 'd=#1'"],
  ['"dyndbg=file a.c +p" quiet', "linux /kernel 'dyndbg=file a.c +p' quiet"],
  ['a   b', "linux /kernel a '' '' b"],
  ['dyndbg="file a.c +p" quiet', "linux /kernel 'dyndbg=file a.c +p' quiet"],
  ['a="b" "c" d="" e="f=g h"', "linux /kernel a=b c d= 'e=f=g h'"],
])('%j is written so that GRUB passes on its bytes', (cmdline, line) =>
  expect(linuxLine(cmdline)).toBe(line),
);

test.each([
  [`a='b' c`, `a='b'`],
  ['c a\\b', 'a\\b'],
  ['u=\\x41', 'u=\\x41'],
  ['cfg={"a":"b c","d":1} q', 'cfg={"a":"b c","d":1}'],
  ['q pre=x"y"z', 'pre=x"y"z'],
  ['q a="b" c="d"e', 'c="d"e'],
  [`a="it's here"`, `a="it's here"`],
  ['a="b\\c d"', 'a="b\\c d"'],
  ['q ""', '""'],
  ['="a b"', '="a b"'],
  ['a="b"=c', 'a="b"=c'],
  ['a "b c', '"b c'],
])('%j is refused with the argument that GRUB would change', (cmdline, argument) =>
  expect(() => grubConfig(cmdline, 'raw-efi')).toThrow(
    expect.objectContaining({
      code: 'bad-cmdline',
      message: expect.stringContaining(
        `raw-efi cannot pass on ${JSON.stringify(argument)} of kernel.cmdline`,
      ),
    }),
  ),
);

/** The parameters of a line as Linux reads them: next_arg in lib/cmdline.c, step by step. */
function parameters(line: string): (readonly [name: string, value: string | undefined])[] {
  const found: [string, string | undefined][] = [];
  let rest = line.trimStart();
  while (rest !== '') {
    const quoted = rest.startsWith('"');
    if (quoted) rest = rest.slice(1);
    let [inQuote, equals, end] = [quoted, 0, 0];
    for (; end < rest.length && (inQuote || rest[end] !== ' '); end++) {
      if (equals === 0 && rest[end] === '=') equals = end;
      if (rest[end] === '"') inQuote = !inQuote;
    }
    let argument = rest.slice(0, end);
    if (equals !== 0 && rest[equals + 1] === '"') {
      const closed = end - 1 > equals && argument.endsWith('"');
      argument = argument.slice(0, equals + 1) + argument.slice(equals + 2, closed ? -1 : undefined);
    } else if (quoted && argument.endsWith('"')) argument = argument.slice(0, -1);
    found.push(
      equals === 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)],
    );
    rest = rest.slice(end).trimStart();
  }
  return found;
}

test('the model of next_arg reads quotes as Linux does', () =>
  expect(parameters('a b=c "d=e f" g="h i" j="" "k l" m="n"o')).toEqual([
    ['a', undefined],
    ['b', 'c'],
    ['d', 'e f'],
    ['g', 'h i'],
    ['j', ''],
    ['k l', undefined],
    ['m', 'n"o'],
  ]));

test('every line is passed on byte for byte, with its quotes at another place, or refused', () => {
  const character = fc.oneof(fc.constantFrom(...` "'\\$;{}%#`), fc.constantFrom(...printable()));
  const line = fc.array(character, { maxLength: 24 }).map((all) => all.join('').trim());
  fc.assert(
    fc.property(line, (cmdline) => {
      let config: string;
      try {
        config = grubConfig(cmdline, 'iso');
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-cmdline' });
        expect(cmdline).toMatch(/["'\\]/);
        return;
      }
      const [, words] = /linux \/kernel ?(.*)\n {2}initrd/.exec(config)!;
      const passed = passedOn(scriptWords(words));
      expect(passed.replaceAll('"', '')).toBe(cmdline.replaceAll('"', ''));
      expect(parameters(passed)).toEqual(parameters(cmdline));
      if (!cmdline.includes('"')) expect(passed).toBe(cmdline);
    }),
  );
});

test('every printable character but quotes and the backslash is passed on', () => {
  for (const character of printable().filter((one) => !`"'\\`.includes(one))) {
    const cmdline = `a=${character}b ${character} ${character}c`.trim().replace(/ +/g, ' ');
    const [, words] = /linux \/kernel ?(.*)\n/.exec(grubConfig(cmdline, 'iso'))!;
    expect(passedOn(scriptWords(words))).toBe(cmdline);
  }
});

function printable(): string[] {
  return Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
}
