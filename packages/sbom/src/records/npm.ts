import { membersOf, textIn, type NamedPackage } from './record.js';

/** Nothing nests deeper than npm's longest paths. */
const DEEPEST = 64;

/**
 * The packages of npm's `package-lock.json`, or of the `.package-lock.json` that lies in `node_modules`:
 * https://docs.npmjs.com/cli/configuring-npm/package-lock-json. Packages for development alone are left out.
 */
export function readPackageLock(json: unknown): NamedPackage[] {
  const { packages, dependencies } = membersOf(json);
  return packages === undefined ? ofFirstVersion(dependencies) : ofPackages(packages);
}

/** Versions 2 and 3 have a package for each path; the path '' is the project itself. */
function ofPackages(packages: unknown): NamedPackage[] {
  return Object.entries(membersOf(packages)).flatMap(([path, value]) => {
    const { name, link } = membersOf(value);
    const folder = path.split('node_modules/').at(-1);
    const isInstalled = path.includes('node_modules/') && link !== true;
    return isInstalled ? packageOf(textIn(name) ?? folder, value) : [];
  });
}

/** Version 1 has packages within packages. */
function ofFirstVersion(dependencies: unknown, depth = 0): NamedPackage[] {
  if (depth > DEEPEST) return [];
  return Object.entries(membersOf(dependencies)).flatMap(([name, value]) => [
    ...packageOf(name, value),
    ...ofFirstVersion(membersOf(value).dependencies, depth + 1),
  ]);
}

function packageOf(name: string | undefined, value: unknown): NamedPackage[] {
  const { version, license, dev } = membersOf(value);
  const [known, stated] = [textIn(version), textIn(license)];
  if (!name || known === undefined || !/^\d/.test(known) || dev === true) return [];
  return [{ type: 'npm', name, version: known, ...(stated !== undefined && { license: stated }) }];
}
