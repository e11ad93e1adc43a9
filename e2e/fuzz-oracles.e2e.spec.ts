import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameToBytes, readCpio, TarIndexer } from '@nx-linuxkit/tree';
import { checkInput } from './fuzz/check-input.js';
import { inputsOf } from './fuzz/inputs.js';
import { streamOf } from './fuzz/stream.js';
import type { Target } from './fuzz/target.js';
import { cpio } from './fuzz/targets/cpio.js';
import { deb, unpacked } from './fuzz/targets/deb.js';
import { tar } from './fuzz/targets/tar.js';
import { WHOLE } from './sample.js';

/** Accepted inputs that are shown to the other reader, each in a process. */
const ARCHIVES = WHOLE ? 2_000 : 100;
/** Few damaged .debs are accepted, because most damage is seen by a checksum. */
const DEBS = WHOLE ? 500 : 25;

const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-oracle-'));
const file = join(folder, 'input');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Gives the first damaged inputs of a target that are accepted. */
async function* accepted(target: Target, count: number): AsyncGenerator<{ number: number; input: Buffer }> {
  const inputAt = await inputsOf(target);
  for (let number = 0, left = count; left > 0; number++) {
    const input = inputAt(number);
    if (!(await checkInput(target, input))) continue;
    left--;
    yield { number, input };
  }
}

/** GNU tar refuses a number that is blank. Go, Python and libarchive read it as 0, and so do we. */
const BLANK = /Blanks in header where numeric/;

it('GNU tar finds the same members in each damaged tar that is accepted', async () => {
  for await (const { number, input } of accepted(tar, ARCHIVES)) {
    const indexer = new TarIndexer();
    indexer.write(input);
    const ours = indexer.end().map(({ path }) => nameToBytes(path).toString('latin1'));
    const theirs = listedByTar(input);
    if (theirs) expect({ number, names: theirs }).toEqual({ number, names: ours });
  }
}, 600_000);

it('GNU cpio finds the same members in each damaged archive that is accepted', async () => {
  for await (const { number, input } of accepted(cpio, ARCHIVES)) {
    const [first = []] = await readCpio(streamOf(input));
    const ours = first.map(({ path }) => nameToBytes(path).toString('latin1'));
    writeFileSync(file, input);
    const { stdout } = spawnSync('cpio', ['-it', '--quiet', '-F', file], { encoding: 'latin1' });
    expect({ number, names: cleaned(stdout) }).toEqual({ number, names: cleaned(ours.join('\n')) });
  }
}, 600_000);

it('dpkg-deb unpacks the same tar from each damaged .deb that both accept', async () => {
  let both = 0;
  for await (const { number, input } of accepted(deb, DEBS)) {
    writeFileSync(file, input);
    const { status, stdout } = spawnSync('dpkg-deb', ['--fsys-tarfile', file], { maxBuffer: 64 << 20 });
    if (status !== 0) continue;
    both++;
    const ours = await unpacked(input);
    expect({ number, same: ours.equals(stdout) }).toEqual({ number, same: true });
  }
  expect(both).toBeGreaterThan(DEBS / 10);
}, 600_000);

/** The names that GNU tar lists, cleaned as ours are; undefined for an archive with a blank number. */
function listedByTar(input: Buffer): string[] | undefined {
  writeFileSync(file, input);
  const args = ['--list', '--absolute-names', '--quoting-style=escape', '--file', file];
  const { stdout, stderr } = spawnSync('tar', args, {
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (BLANK.test(stderr)) return undefined;
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((name) =>
      cleaned(name.replace(/\\([0-7]{3}|.)/g, (_, code: string) => ESCAPES[code] ?? octal(code))),
    );
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', ' ': ' ' },
};

function octal(code: string): string {
  return String.fromCharCode(parseInt(code, 8));
}

/** Removes what says nothing in a path: `.`, empty components, slashes at both ends. */
function cleaned(names: string): string {
  return names
    .split('\n')
    .map((name) =>
      name
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/'),
    )
    .join('\n')
    .replace(/\n+$/, '');
}
