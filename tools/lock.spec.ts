import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(__dirname, '../package-lock.json'), 'utf8');
const packages: Readonly<Record<string, Locked>> = JSON.parse(text).packages;
const entries = Object.entries(packages);

/** What `npm ci` needs on every system, and what no clone may depend on. */
describe('package-lock.json', () => {
  it('names no registry, so that a clone takes the one that is configured', () => {
    const resolved = entries.filter(([, { resolved, link }]) => resolved !== undefined && !link);
    expect(resolved).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  it('pins every package from a registry by its digest', () => {
    const loose = entries.filter(
      ([path, { integrity, link }]) => path.includes('node_modules/') && !link && !integrity,
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('has the optional packages of every platform, so that npm ci works on macOS and Windows', () => {
    const lacking = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(path, name))
        .map((name) => `${path} -> ${name}`),
    );
    expect(lacking).toEqual([]);
    for (const system of ['darwin-arm64', 'darwin-x64', 'win32-x64-msvc', 'linux-x64-gnu'])
      expect(packages).toHaveProperty([`node_modules/@nx/nx-${system}`]);
  });
});

/** Looks where Node would: beside the package and in each folder above. */
function isLocked(path: string, name: string): boolean {
  if (`${path}${path === '' ? '' : '/'}node_modules/${name}` in packages) return true;
  if (path === '') return false;
  const above = path.lastIndexOf('/node_modules/');
  return isLocked(above === -1 ? '' : path.slice(0, above), name);
}
