import { createCleartextMessage, generateKey, readKeys, sign } from 'openpgp';
import type { PrivateKey } from 'openpgp';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRelease } from './release.js';
import { ARCHIVE_KEYS, readKeyFiles, verifyClearsigned } from './signature.js';

describe('verifyClearsigned', () => {
  let folder: string;
  let keys: string[];
  let archive: PrivateKey;
  let stranger: PrivateKey;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    const make = async () => (await generateKey({ userIDs: [{ name: 'x' }], format: 'object' })).privateKey;
    [archive, stranger] = [await make(), await make()];
    await writeFile(join(folder, 'archive.asc'), archive.toPublic().armor());
    keys = await readKeyFiles(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const signed = async (text: string, ...signingKeys: PrivateKey[]): Promise<string> =>
    sign({ message: await createCleartextMessage({ text }), signingKeys });

  test('returns the signed text', async () => {
    const text = await signed('Codename: bookworm\n- dashed\n', archive);
    expect(await verifyClearsigned(text, 'InRelease', keys)).toContain('- dashed');
  });

  test('one good signature among others is enough', async () => {
    await expect(verifyClearsigned(await signed('x', stranger, archive), 'InRelease', keys)).resolves.toBe(
      'x',
    );
  });

  test('a changed text is refused', async () => {
    const text = (await signed('SHA256: good', archive)).replace('good', 'evil');
    await expect(verifyClearsigned(text, 'InRelease', keys)).rejects.toMatchObject({ code: 'bad-signature' });
  });

  test('text around the signed part does not count as signed', async () => {
    const text = `evil\n${await signed('good', archive)}\nevil`;
    const verified = await verifyClearsigned(text, 'InRelease', keys).catch(() => 'refused');
    expect(verified).not.toContain('evil');
  });

  test('a signature by an unknown key is refused', async () => {
    const text = await signed('x', stranger);
    await expect(verifyClearsigned(text, 'InRelease', keys)).rejects.toMatchObject({ code: 'bad-signature' });
  });

  test.each(['', 'Codename: bookworm', '-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n'])(
    'an unsigned text is refused: %j',
    async (text) => {
      await expect(verifyClearsigned(text, 'InRelease', keys)).rejects.toMatchObject({ code: 'bad-format' });
    },
  );

  test('the package has public keys only', async () => {
    const files = (await readdir(ARCHIVE_KEYS)).filter((file) => file.endsWith('.asc'));
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) {
      const found = await readKeys({ armoredKeys: await readFile(join(ARCHIVE_KEYS, file), 'utf8') });
      expect(found.some((key) => key.isPrivate())).toBe(false);
    }
  });
});

describe('parseRelease', () => {
  const hash = 'a'.repeat(64);
  const text = `Suite: oldstable\nCodename: bookworm\nMD5Sum:\n ${'b'.repeat(32)} 1 main/x\nSHA256:\n ${hash} 12 main/x\n`;

  test('reads the files of the field SHA256 alone', () => {
    expect([...parseRelease(text, 'bookworm')]).toEqual([['main/x', { sha256: hash, size: 12 }]]);
  });

  test('the signed Release of another suite is refused', () => {
    expect(() => parseRelease(text, 'trixie')).toThrow(
      'expected the Release of trixie, got that of oldstable / bookworm',
    );
  });

  test('a size beyond all files is no size', () => {
    expect([...parseRelease(text.replace(' 12 ', ' 99999999999999999999 '), 'bookworm')]).toEqual([]);
  });
});
