import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installCommand } from './index.js';

describe('installCommand', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'install-command-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([
    ['package-lock.json', 'npm install --save-dev a@1 b@2'],
    ['pnpm-lock.yaml', 'pnpm add --save-dev a@1 b@2'],
    ['pnpm-workspace.yaml', 'pnpm add --save-dev --workspace-root a@1 b@2'],
    ['yarn.lock', 'yarn add --dev a@1 b@2'],
    ['bun.lock', 'bun add --dev a@1 b@2'],
    ['bun.lockb', 'bun add --dev a@1 b@2'],
  ])('beside %s it is %s', (file, command) => {
    writeFileSync(join(folder, file), '');
    expect(installCommand(['a@1', 'b@2'], folder)).toBe(command);
  });

  it('is found from a folder below the root of the workspace', () => {
    writeFileSync(join(folder, 'yarn.lock'), '');
    mkdirSync(join(folder, 'apps/web'), { recursive: true });
    expect(installCommand(['a'], join(folder, 'apps/web'))).toBe('yarn add --dev a');
  });

  it('takes the root of a pnpm workspace, also where its lock lies beside it', () => {
    for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) writeFileSync(join(folder, file), '');
    expect(installCommand(['a'], folder)).toBe('pnpm add --save-dev --workspace-root a');
  });

  it('takes npm where no package manager left a file', () => {
    expect(installCommand(['a'], folder)).toBe('npm install --save-dev a');
  });
});
