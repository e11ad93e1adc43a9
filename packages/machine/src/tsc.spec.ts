import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './__tests__/temporary-folder.js';
import { tscKhz } from './tsc.js';

const folder = temporaryFolder();
const of = (text: string) => {
  const path = join(folder.path, 'cpuinfo');
  writeFileSync(path, text);
  return tscKhz(path);
};

it('reads the frequency of an x86 processor', async () => {
  expect(await of('cpu MHz\t\t: 2596.132\nflags\t\t: fpu vme tsc msr\n')).toBe(2_596_132);
});

it.each(['', 'cpu MHz\t: 0\nflags\t: tsc\n', 'cpu MHz\t: 2000.0\nflags\t: fpu\n', 'Features\t: fp asimd\n'])(
  'knows nothing of %j',
  async (text) => expect(await of(text)).toBeUndefined(),
);

it('knows nothing where there is no such file', async () => {
  expect(await tscKhz(join(folder.path, 'missing'))).toBeUndefined();
});
