import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { alignDevkit } from './devkit.js';

describe('the devkit', () => {
  it.each([
    ['24.0.6', '24.0.0', undefined],
    ['23.3.1', '24.0.0', '^23.3.0'],
    ['24.1.0', '23.2.0', '^24.1.0'],
  ])('beside Nx %s, where %s is installed: %s is added', (nx, devkit, range) => {
    const tree = createTreeWithEmptyWorkspace();
    const install = alignDevkit(tree, nx, devkit);
    const { devDependencies } = JSON.parse(tree.read('package.json', 'utf8') as string);
    expect(devDependencies['@nx/devkit']).toBe(range);
    expect(install === undefined).toBe(range === undefined);
  });

  it('that package.json names stays', () => {
    const tree = createTreeWithEmptyWorkspace();
    const own = { dependencies: {}, devDependencies: { '@nx/devkit': '23.3.1' } };
    tree.write('package.json', JSON.stringify(own));
    alignDevkit(tree, '24.0.6', '23.3.1');
    expect(JSON.parse(tree.read('package.json', 'utf8') as string)).toEqual(own);
  });
});
