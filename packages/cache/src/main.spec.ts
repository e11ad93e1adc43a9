import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main } from './main.js';

const folder = mkdtempSync(join(tmpdir(), 'cache-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a command prints. */
async function printed(...args: string[]): Promise<string> {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  await main(args).finally(() => write.mockRestore());
  return text;
}

test.each([['stats'], ['gc', '--older-than', '30']])(
  '%s of a folder that is not there says so, and makes none',
  async (...command) => {
    const place = pathToFileURL(join(folder, 'nowhere')).href;
    const said = `${place} is not there: nothing has been stored in it yet\n`;
    expect(await printed(...command, '--to', place)).toBe(said);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  },
);

test('stats of an empty folder counts nothing', async () => {
  mkdirSync(join(folder, 'empty'));
  const place = pathToFileURL(join(folder, 'empty')).href;
  expect(await printed('stats', '--to', place)).toBe(`${place}\nentries  0\npacks    0, 0 B\nindex    0 B\n`);
});
