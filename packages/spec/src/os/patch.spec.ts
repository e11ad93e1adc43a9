import { formatWhere } from '@nx-linuxkit/errors';
import { SpecError, formatMetadata, readOsList } from '../index.js';

const BASE = `volumes: [{name: data, image: d:1}]
onboot: [{name: one, image: a:1}, {name: two, image: b:1}, {name: twin, image: c:1}, {name: twin, image: d:1}]
services: [{name: web, image: web:1, env: [A=1]}, {name: db, image: db:1}]
files: [{path: /etc/motd, contents: base}]
`;
const read = (yaml: string) =>
  readOsList(['x.yml'], (path) => (path === 'x.yml' ? `extends: [base.yml]\n${yaml}` : BASE));

describe('an entry with the name of an inherited one', () => {
  it('replace takes its place as a whole', () => {
    const os = read('services: [{name: web, image: web:2, $patch: replace}, {name: new, image: n:1}]');
    expect(os.services).toEqual([
      { name: 'web', image: 'web:2' },
      { name: 'db', image: 'db:1' },
      { name: 'new', image: 'n:1' },
    ]);
  });

  it('delete removes it', () => {
    const os = read(
      'services: [{name: web, $patch: delete}]\nonboot: [{name: two, $patch: delete}]\n' +
        'volumes: [{name: data, $patch: delete}]\nfiles: [{path: etc/motd, $patch: delete}]',
    );
    expect(os.services.map(({ name }) => name)).toEqual(['db']);
    expect(os.onboot.map(({ name }) => name)).toEqual(['one', 'twin', 'twin']);
    expect([os.volumes, os.files]).toEqual([[], []]);
  });

  it('a removed name is free again', () =>
    expect(read('services: [{name: web, $patch: delete}, {name: web, image: web:3}]').services).toEqual([
      { name: 'db', image: 'db:1' },
      { name: 'web', image: 'web:3' },
    ]));

  it('nothing of $patch is left in the metadata', () =>
    expect(formatMetadata(read('services: [{name: web, image: w, $patch: replace}]'), 'yaml')).not.toContain(
      'patch',
    ));

  it('places are those of the file that an entry comes from', () => {
    const os = read(
      'services: [{name: web, $patch: delete}]\nfiles: [{path: /etc/motd, contents: x, $patch: replace}]',
    );
    expect(formatWhere(os.where(['services', 0, 'image']))).toBe('base.yml:3:69');
    expect(formatWhere(os.where(['files', 0, 'contents']))).toBe('x.yml:3:37');
  });
});

it.each([
  [
    'services: [{name: wbe, $patch: delete}]',
    'unknown-name x.yml:2:19: services[0]: no inherited entry has the name "wbe" (inherited: web, db)',
  ],
  [
    'services: [{name: web, image: web:2}]',
    'duplicate-name x.yml:2:19: services[2].name: the name "web" is already taken at base.yml:3:19',
  ],
  [
    'services: [{name: web, image: a, $patch: merge}]',
    'bad-document x.yml:2:42: services[0].$patch: unknown value "merge" (allowed: replace, delete)',
  ],
  [
    'services: [{name: web, image: a, $patch: delete}]',
    'bad-document x.yml:2:24: unknown key "image" in services[0] (allowed: name, $patch)',
  ],
  ['services: [{name: web, $patch: replace}]', 'bad-document x.yml:2:12: services[0] lacks the key "image"'],
  [
    'onboot: [{name: twin, $patch: delete}]',
    'bad-value x.yml:2:17: onboot[0]: 2 inherited entries have the name "twin"',
  ],
  [
    'onboot: [{name: own, image: a}, {name: own, $patch: delete}]',
    'unknown-name x.yml:2:40: onboot[1]: no inherited entry has the name "own"',
  ],
])('%j is refused', (yaml, expected) => {
  let message = '';
  try {
    read(yaml);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    message = `${error.code} ${error.where && formatWhere(error.where)}: ${error.message}`;
  }
  expect(message).toContain(expected);
});
