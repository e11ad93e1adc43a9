import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { devkitCommand, installsDevkit } from './devkit.js';

describe('the devkit', () => {
  it('that is installed needs no command', () => {
    expect(installsDevkit(createTreeWithEmptyWorkspace(), {})).toBeUndefined();
  });

  it('that package.json names and that is not there is an error, so that nothing is installed for ever', () => {
    const tree = createTreeWithEmptyWorkspace();
    tree.write('package.json', '{"devDependencies":{"@nx/devkit":"~24.0.0"}}');
    expect(() => installsDevkit(tree, {}, () => false)).toThrow(
      'package.json names @nx/devkit ~24.0.0, which is not installed',
    );
  });

  it.each([
    ['24.0.6', 'package-lock.json', 'npm install --save-dev @nx/devkit@~24.0.0'],
    ['23.3.1', 'yarn.lock', 'yarn add --dev @nx/devkit@~23.3.0'],
  ])('beside Nx %s and %s comes by %s', (version, lock, command) => {
    const root = mkdtempSync(join(tmpdir(), 'devkit-'));
    mkdirSync(join(root, 'node_modules/nx'), { recursive: true });
    writeFileSync(join(root, 'node_modules/nx/package.json'), JSON.stringify({ name: 'nx', version }));
    writeFileSync(join(root, 'package.json'), '{}');
    writeFileSync(join(root, lock), '');
    expect(devkitCommand(root)).toBe(command);
    rmSync(root, { recursive: true });
  });
});
