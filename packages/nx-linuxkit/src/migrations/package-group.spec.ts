import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const REPOSITORY = join(__dirname, '../../../..');
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(REPOSITORY, folder, 'package.json'), 'utf8'));

it('`nx migrate nx-linuxkit` moves every package that we publish to the same version', () => {
  const folders = [...readdirSync(join(REPOSITORY, 'packages')).map((name) => `packages/${name}`), 'images'];
  const published = folders.map(manifestOf).filter((manifest) => !manifest.private);
  const plugin = published.find(({ name }) => name === 'nx-linuxkit');
  const others = published.filter((manifest) => manifest !== plugin);
  expect(plugin['nx-migrations'].packageGroup).toEqual(others.map(({ name }) => name).sort());
});

it('every migration has a version that is later than 0.1.0, a factory below dist, and a description', () => {
  const { generators } = JSON.parse(readFileSync(join(__dirname, '../../migrations.json'), 'utf8'));
  expect(Object.keys(generators).length).toBeGreaterThan(0);
  for (const { version, factory, description } of Object.values<Record<string, string>>(generators)) {
    const [, folder] = /^\.\/dist\/migrations\/(.+)\/index\.js$/.exec(factory) ?? [];
    expect(folder).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')}-`));
    expect(readdirSync(join(__dirname, folder!))).toContain('index.ts');
    expect(version).not.toBe('0.1.0');
    expect(description).toMatch(/^[A-Z].*\.$/);
  }
});
