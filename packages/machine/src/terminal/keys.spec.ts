import { Keys, type Interrupt } from './keys.js';

function press(interrupt: Interrupt, ...chunks: string[]) {
  const keys = new Keys(interrupt);
  let guest = '';
  for (const chunk of chunks) {
    const pressed = keys.read(Buffer.from(chunk, 'latin1'));
    guest += Buffer.from(pressed.guest).toString('latin1');
    if (pressed.leave) return { guest, leave: pressed.leave };
  }
  return { guest };
}

test.each<[string, Interrupt, string[], ReturnType<typeof press>]>([
  ['letters go to the guest', 'end', ['ls\r'], { guest: 'ls\r' }],
  ['other control characters go to the guest', 'end', ['\x04\x1a\x1c'], { guest: '\x04\x1a\x1c' }],
  ['bytes of a letter beyond ASCII stay as they are', 'end', ['\xc3\xa4'], { guest: '\xc3\xa4' }],
  ['Ctrl-C ends the machine', 'end', ['ab\x03cd'], { guest: 'ab', leave: 'interrupt' }],
  ['Ctrl-C goes to the guest', 'guest', ['ab\x03cd'], { guest: 'ab\x03cd' }],
  ['Ctrl-A x ends the machine', 'guest', ['ab\x01xcd'], { guest: 'ab', leave: 'quit' }],
  ['Ctrl-A X ends the machine', 'end', ['\x01X'], { guest: '', leave: 'quit' }],
  ['Ctrl-A x ends it in two chunks', 'guest', ['\x01', 'x'], { guest: '', leave: 'quit' }],
  ['x alone goes to the guest', 'guest', ['x'], { guest: 'x' }],
  ['Ctrl-A twice is one Ctrl-A', 'guest', ['\x01\x01x'], { guest: '\x01x' }],
  ['Ctrl-A before another key goes to the guest with it', 'guest', ['\x01e'], { guest: '\x01e' }],
  ['Ctrl-A before Ctrl-C does not hide it', 'end', ['\x01\x03'], { guest: '', leave: 'interrupt' }],
  ['Ctrl-A before Ctrl-C goes to the guest with it', 'guest', ['\x01\x03'], { guest: '\x01\x03' }],
])('%s', (_rule, interrupt, chunks, expected) => expect(press(interrupt, ...chunks)).toEqual(expected));
