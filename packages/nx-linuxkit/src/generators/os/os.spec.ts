import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { bootProperties, bootTestProperties } from '@nx-linuxkit/machine';
import { readOs } from '@nx-linuxkit/spec';
import { EDITOR_SCHEMA, setUpEditor } from '../init/editor.js';
import osGenerator, { type OsOptions } from './index.js';
import { templates } from './templates/index.js';

const CHOICES = Object.keys(templates);
const REPOSITORY = join(__dirname, '../../../../..');

describe('the os generator', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTreeWithEmptyWorkspace();
  });
  const read = (path: string) => tree.read(path, 'utf8') as string;
  const json = (path: string) => JSON.parse(read(path));
  const generate = (options: Partial<OsOptions> = {}) =>
    osGenerator(tree, { name: 'my-os', skipFormat: true, ...options });

  test('its schema lists all templates', () => {
    const schema = JSON.parse(readFileSync(join(__dirname, 'schema.json'), 'utf8'));
    expect(schema.properties.template.enum).toEqual(CHOICES);
    expect(CHOICES).toContain(schema.properties.template.default);
  });

  test.each(CHOICES)('%s: the YAML names images of the base set only, and an output', async (template) => {
    await generate({ template });
    const text = read('my-os/linuxkit.yml');
    const { kernel, outputs } = readOs('my-os/linuxkit.yml', read);
    expect(kernel?.image).toBe('@pkg:@nx-linuxkit/images/kernel');
    expect(outputs).toMatchObject([{ format: 'kernel+initrd' }]);
    const named = [...text.matchAll(/@pkg:([^'"]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) {
      expect(name).toMatch(/^@nx-linuxkit\/images\//);
      expect(existsSync(join(REPOSITORY, name.replace('@nx-linuxkit/', ''), 'build.yml'))).toBe(true);
    }
  });

  test.each(CHOICES)(
    '%s: the boot test waits for something, and has known options only',
    async (template) => {
      await generate({ template });
      const { name, targets } = json('my-os/project.json');
      expect(name).toBe('my-os');
      const options = targets['boot-test'].options;
      expect(options.expect ?? options.http ?? options.powerOff).toBeTruthy();
      expect(Object.keys(bootTestProperties)).toEqual(expect.arrayContaining(Object.keys(options)));
      expect(Object.keys(bootProperties)).toEqual(
        expect.arrayContaining(Object.keys(targets.boot?.options ?? {})),
      );
    },
  );

  test.each(CHOICES)('%s: the console has a login, or the YAML says why not', async (template) => {
    await generate({ template });
    const { services } = readOs('my-os/linuxkit.yml', read);
    const logsIn = services.some(({ name }) => name === 'getty');
    expect(logsIn || /# There is no login: \w+/.test(read('my-os/linuxkit.yml'))).toBe(true);
  });

  test.each([
    ['my-os', undefined, '../'],
    ['apps/deep/my-os', 'apps/deep/my-os', '../../../'],
  ])(
    'in %s: the first line of the YAML names the schema, unless the settings do',
    async (folder, directory, up) => {
      await generate({ directory });
      const lines = () => read(`${folder}/linuxkit.yml`).split('\n');
      expect(lines()[0]).toBe(`# yaml-language-server: $schema=${up}${EDITOR_SCHEMA}`);
      expect(existsSync(join(REPOSITORY, EDITOR_SCHEMA))).toBe(true);
      tree.delete(folder);
      setUpEditor(tree);
      await generate({ directory });
      expect(lines()[0]).toMatch(/^# my-os: build it with/);
    },
  );

  test('the lock is empty, in the form that nx lock writes', async () => {
    await generate();
    expect(read('my-os/linuxkit.lock.json')).toBe('{\n  "lockfileVersion": 1,\n  "images": {}\n}\n');
  });

  test('an existing project keeps its name, targets and options', async () => {
    tree.write(
      'web/project.json',
      '{"name":"other","targets":{"boot-test":{"options":{"timeout":1}},"lint":{}}}',
    );
    await generate({ directory: 'web' });
    expect(json('web/project.json')).toMatchObject({
      name: 'other',
      targets: { boot: {}, 'boot-test': { options: { timeout: 1 } }, lint: {} },
    });
  });

  test('an existing system is not overwritten', async () => {
    await generate();
    await expect(generate()).rejects.toMatchObject({ code: 'exists' });
  });

  test.each(['../x', '', '-x', 'a b'])('the name %j is refused', async (name) => {
    await expect(generate({ name })).rejects.toMatchObject({ code: 'bad-name' });
  });
});
