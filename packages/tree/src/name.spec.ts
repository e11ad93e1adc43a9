import fc from 'fast-check';
import { nameFromBytes, nameToBytes } from './name.js';

describe('names are bytes (surrogateescape)', () => {
  it.each([
    ['ASCII', [0x61, 0x2f, 0x62], 'a/b'],
    ['UTF-8', [0xc3, 0xa9, 0xe4, 0xb8, 0xad], 'é中'],
    ['beyond the basic plane', [0xf0, 0x9f, 0x90, 0xa7], '🐧'],
    ['Latin-1 é', [0x61, 0xe9], 'a\udce9'],
    ['a cut sequence', [0xe4, 0xb8], '\udce4\udcb8'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ])('%s', (_, bytes, name) => {
    expect(nameFromBytes(Uint8Array.from(bytes))).toBe(name);
    expect([...nameToBytes(name)]).toEqual(bytes);
  });

  it('gives any bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        expect([...nameToBytes(nameFromBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it('refuses a surrogate that stands for no byte', () => {
    expect(() => nameToBytes('a\ud800')).toThrow('surrogate');
    expect(() => nameToBytes('a\udc00')).toThrow('surrogate');
  });
});
