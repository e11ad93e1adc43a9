import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE, putInPlace } from './packed.js';

const run = promisify(execFile);

/** A program of npm's that tests run and the repository does not depend on. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Versions of its dependencies that npm takes in place of those that it asks for. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Installs a tool once for all runs, without its install scripts. Returns the folder of its package. */
export async function installedTool({ name, version, overrides = {} }: Tool): Promise<string> {
  const target = join(CACHE, `tool-${name.replace('/', '-')}-${version}`);
  if (!existsSync(target)) {
    mkdirSync(CACHE, { recursive: true });
    const temporary = mkdtempSync(join(CACHE, 'partial-'));
    const manifest = { private: true, overrides, dependencies: { [name]: version } };
    writeFileSync(join(temporary, 'package.json'), JSON.stringify(manifest));
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: temporary });
    putInPlace(temporary, target);
  }
  return join(target, 'node_modules', name);
}
