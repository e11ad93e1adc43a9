import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { METADATA_DISKS, metadataDisk, type MetadataDisk } from './metadata-disk.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'metadata-disk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function written(kind: MetadataDisk, text: string): Promise<string> {
  const path = join(folder, `${kind}.iso`);
  await pipeline(await metadataDisk(kind, { name: 'my-os', text }), createWriteStream(path));
  return path;
}

const FILES: Readonly<Record<MetadataDisk, Readonly<Record<string, string>>>> = {
  config: { config: '#!/bin/sh\n' },
  cidata: {
    'meta-data': 'instance-id: "my-os"\nlocal-hostname: "my-os"\n',
    'user-data': '#!/bin/sh\n',
  },
  'config-2': {
    'openstack/latest/meta_data.json': '{"uuid":"my-os","hostname":"my-os","name":"my-os"}\n',
    'openstack/latest/user_data': '#!/bin/sh\n',
  },
};

it.each(METADATA_DISKS)('%s: isoinfo finds the files, and the volume has the label', async (kind) => {
  const path = await written(kind, '#!/bin/sh\n');
  const isoinfo = (...args: string[]) =>
    execFileSync('isoinfo', ['-i', path, '-R', ...args], { encoding: 'utf8' });
  for (const [name, text] of Object.entries(FILES[kind])) expect(isoinfo('-x', `/${name}`)).toBe(text);
  const files = isoinfo('-f')
    .split('\n')
    .filter((name) => name !== '' && !/^\/openstack(\/latest)?$/.test(name));
  expect(files.sort()).toEqual(
    Object.keys(FILES[kind])
      .map((name) => `/${name}`)
      .sort(),
  );
  // ECMA-119 8.4.7: the label stands at byte 40 of the first descriptor.
  expect(
    readFileSync(path)
      .toString('latin1', 16 * 2048 + 40, 16 * 2048 + 72)
      .trim(),
  ).toBe(kind);
});

it('equal metadata make equal bytes', async () => {
  const digest = async () =>
    createHash('sha256')
      .update(readFileSync(await written('cidata', 'a text')))
      .digest('hex');
  expect(await digest()).toBe(await digest());
});
