import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updateHashes } from './update-hashes.js';

const dir = mkdtempSync(join(tmpdir(), 'update-hashes-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The first digits of the SHA-256 of each piece of a file, by coreutils. */
function pieces(path: string, size: number): string[] {
  const folder = mkdtempSync(join(dir, 'pieces-'));
  const command = `split -b ${size} -a 6 "$0" "$1/" && sha256sum "$1"/* | cut -c 1-16`;
  return execFileSync('sh', ['-c', command, path, folder], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

const SIZES = { program: 3 * 2 ** 20, root: 2 ** 20 + 5000, tree: 4096, short: 1 };

test('each file has a line for each block and each chunk, at the place that is given', async () => {
  const files = Object.entries(SIZES).map(([role, size]) => {
    writeFileSync(join(dir, role), Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, i) => i))));
    return [role, join(dir, role)] as const;
  });
  const { text, places } = updateHashes(files);
  let all = '';
  for await (const bytes of text) all += Buffer.from(bytes).toString();
  const lines = (at: number, count: number) =>
    all
      .slice(at, at + 17 * count)
      .split('\n')
      .slice(0, count);
  for (const [role, path] of files) {
    const [blocks, chunks] = [pieces(path, 4096), pieces(path, 2 ** 20)];
    expect(lines(places[role]!.blocks, blocks.length)).toEqual(blocks);
    expect(lines(places[role]!.chunks, chunks.length)).toEqual(chunks);
  }
  const count = Object.values(SIZES).reduce(
    (sum, size) => sum + Math.ceil(size / 4096) + Math.ceil(size / 2 ** 20),
    0,
  );
  expect(all).toHaveLength(17 * count);
});
