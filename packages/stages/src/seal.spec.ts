import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomNumbers } from '@nx-linuxkit/testing';
import { TestWorkspace } from './__tests__/test-workspace.js';
import { sealText, sha256 } from './seal.js';

const YAML = [
  'init: [test/init]',
  'services: [{name: web, image: test/web}]',
  'files: [{path: etc/own, contents: own}]',
  '',
].join('\n');

let workspace: TestWorkspace;
let right: string;

beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('init', [[{ name: 'init', body: 'i' }], [{ name: 'etc/f', body: 'f' }]]);
  await workspace.image('web', [[{ name: 'bin/web', body: 'w', mode: 0o755 }]]);
  workspace.write('secret', 'a file of this machine');
  await workspace.build('os', YAML, ['kernel+initrd']);
  right = initrd();
});
afterAll(() => workspace.remove());

const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'), 'latin1');

/** The seals of all stages, relative to the workspace. */
function seals(): string[] {
  const names = readdirSync(workspace.path('.linuxkit'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('stage.json'))
    .map((name) => `.linuxkit/${name}`)
    .sort();
}

/** Builds with another text for a seal; the build must give the right bytes, and heal the seal. */
async function expectHealed(seal: string, text: string | Buffer): Promise<void> {
  const before = readFileSync(workspace.path(seal), 'latin1');
  writeFileSync(workspace.path(seal), text);
  rmSync(workspace.path('dist'), { recursive: true });
  await workspace.buildAgain('os', ['kernel+initrd']);
  expect(initrd()).toBe(right);
  expect(readFileSync(workspace.path(seal), 'latin1')).toBe(before);
}

it('every stage has a seal', () => {
  expect(seals().map((path) => path.replace(/.*\/(.*)\/stage\.json/, '$1'))).toEqual(
    expect.arrayContaining(['pull', 'extract', 'segment', 'oci-config', 'verify', 'initramfs']),
  );
});

test('a flipped character anywhere in a seal is healed', async () => {
  const random = randomNumbers(19);
  for (const seal of seals()) {
    for (let i = 0; i < 5; i += 1) {
      const bytes = readFileSync(workspace.path(seal));
      const at = Math.floor(random() * bytes.length);
      // Line breaks and spaces between members carry nothing, so that a change of one into the other is none.
      bytes[at] ^= 1 << Math.floor(random() * 3);
      if (bytes[at]! <= 0x20) continue;
      await expectHealed(seal, bytes);
    }
  }
});

describe('a seal with a right checksum and wrong contents is made again', () => {
  const initramfs = '.linuxkit/os/initramfs/initramfs/stage.json';
  const other = sha256('a file of this machine');
  type Json = Record<string, never> & { facts: { segments: Record<string, unknown>[]; summary: object } };
  const rangeIn = ({ segments }: Json['facts']) =>
    (segments[0]!.ranges as { start: number; size: number; crc: number }[])[0]!;
  const ofSegment = () => seals().find((path) => path.endsWith('segment/stage.json')) as string;

  it.each<[string, () => string, (seal: Json) => unknown]>([
    [
      'a segment outside of the workspace',
      () => initramfs,
      ({ facts }) => Object.assign(facts.segments[0]!, { path: '../../../../../../etc/hostname' }),
    ],
    [
      'another file of the workspace, with its hash',
      () => initramfs,
      ({ facts }) => Object.assign(facts.segments[0]!, { path: 'secret', size: 22, sha256: other }),
    ],
    ['a range behind the end', () => initramfs, ({ facts }) => (rangeIn(facts).start = 1e9)],
    ['a range that begins with a fraction', () => initramfs, ({ facts }) => (rangeIn(facts).start = 1.5)],
    ['a range that is too long', () => initramfs, ({ facts }) => (rangeIn(facts).size += 1)],
    [
      'ranges that overlap',
      () => initramfs,
      ({ facts }) => (facts.segments[0]!.ranges = [rangeIn(facts), rangeIn(facts)]),
    ],
    [
      'a range without a CRC',
      () => initramfs,
      ({ facts }) => delete (rangeIn(facts) as { crc?: number }).crc,
    ],
    ['no ranges', () => initramfs, ({ facts }) => delete facts.segments[0]!.ranges],
    ['another compressor', () => initramfs, ({ facts }) => Object.assign(facts, { compressor: 'none' })],
    [
      'parts that are smaller than the file',
      ofSegment,
      ({ facts }) => ((facts as unknown as { parts: { size: number }[] }).parts[0]!.size -= 1),
    ],
    ['segments that are no list', () => initramfs, ({ facts }) => Object.assign(facts, { segments: {} })],
    ['a segment that is null', () => initramfs, ({ facts }) => Object.assign(facts, { segments: [null] })],
    ['no facts', () => initramfs, (seal) => delete (seal as { facts?: unknown }).facts],
    ['a segment without a summary', ofSegment, ({ facts }) => delete (facts as { summary?: object }).summary],
    ['a segment without its file', ofSegment, (seal) => Object.assign(seal, { files: {} })],
    [
      'a file outside of the output',
      ofSegment,
      (seal) =>
        Object.assign(seal, { files: { ...(seal.files as object), '../x': { size: 1, sha256: other } } }),
    ],
  ])('%s', async (_, path, change) => {
    const seal = JSON.parse(readFileSync(workspace.path(path()), 'utf8')) as Json;
    change(seal);
    await expectHealed(path(), sealText(seal as never));
  });

  it.each(['', 'null', '[]', '{}', '"x"', '{"key":1}'])('the text %j', (text) =>
    expectHealed(initramfs, text),
  );
});
