import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOutputIntact, readSeal, readSealed, sha256 } from '../../../packages/stages/src/seal.js';
import { mutateJson } from '../mutate-json.js';
import type { Target } from '../target.js';

const FILE = { size: 4, sha256: sha256('tree') };
const SEAL = { key: 'k', files: { 'tree.json': FILE }, facts: { parts: [{ id: 'a', size: 5 }] } };
const sealed = (seal: object) =>
  Buffer.from(JSON.stringify({ ...seal, sha256: sha256(JSON.stringify(seal)) }));

let folder: string | undefined;

/** `stage.json`, which may come out of a remote cache. A damaged one is no error: the output is made again. */
export const seal: Target = {
  name: 'seal',
  sample: 2_000,
  faults: {},
  seeds: async () => [sealed(SEAL)],
  // Half of the inputs have a right checksum, as an attacker would write it.
  mutate(next, input, other) {
    const bytes = mutateJson(next, input, other);
    if (next(2) === 0) return bytes;
    try {
      return sealed({ ...(JSON.parse(bytes.toString('utf8')) as object), sha256: undefined });
    } catch {
      return bytes;
    }
  },
  async read(input) {
    folder ??= mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'));
    writeFileSync(join(folder, 'tree.json'), 'tree');
    writeFileSync(join(folder, 'stage.json'), input);
    const found = await readSeal(folder);
    await isOutputIntact(folder);
    if (!found) return;
    for (const name of Object.keys(found.files)) {
      if (name.includes('/') || name === '..') throw new Error(`the seal names a file elsewhere: ${name}`);
      const bytes = await readSealed(folder, found, name);
      if (bytes && name !== 'tree.json' && name !== 'stage.json')
        throw new Error(`read another file: ${name}`);
    }
  },
};
