import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmptyNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';
import { publishedPackages, REPOSITORY } from './workspace/packed.js';

const run = promisify(execFile);
/** Above what the packages have now. */
const VERSION = '99.1.0-rc.1';
const LIMIT = 600_000;

/** The release script, in a copy of the repository, against a registry on loopback. */
describe('a release', () => {
  let registry: NpmRegistry;
  const copy = mkdtempSync(join(tmpdir(), 'nx-linuxkit-release-'));
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
  };
  const release = (...args: string[]) =>
    run(process.execPath, ['tools/release.mjs', ...args], { cwd: copy, env, maxBuffer: 2 ** 26 });
  const view = async (spec: string, ...fields: string[]) => {
    const options = ['--json', `--registry=${registry.url}`];
    const { stdout } = await run('npm', ['view', spec, ...fields, ...options], { cwd: copy });
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    registry = await startEmptyNpmRegistry();
    const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard'], { cwd: REPOSITORY });
    for (const file of stdout.trim().split('\n'))
      if (existsSync(join(REPOSITORY, file)))
        cpSync(join(REPOSITORY, file), join(copy, file), { recursive: true });
    // As after a clone, this compiles the packages too.
    await run('npm', ['ci'], { cwd: copy, env: process.env, maxBuffer: 2 ** 26 });
    await run('git', ['init', '-q'], { cwd: copy });
    const host = new URL(registry.url).host;
    writeFileSync(
      join(copy, '.npmrc'),
      `//${host}/:_authToken=unused\n${readFileSync(join(REPOSITORY, '.npmrc'))}`,
    );
  }, LIMIT);
  afterAll(async () => {
    await registry?.stop();
    rmSync(copy, { recursive: true, force: true });
  });

  it(
    'writes the version into every package, and exact into what they need of each other',
    async () => {
      await release('version', VERSION);
      for (const { folder } of publishedPackages()) {
        const path = folder.slice(REPOSITORY.length);
        const { version, dependencies = {} } = JSON.parse(
          readFileSync(join(copy, path, 'package.json'), 'utf8'),
        );
        expect([path, version]).toEqual([path, VERSION]);
        for (const [name, range] of Object.entries(dependencies))
          if (name.startsWith('@nx-linuxkit/')) expect([name, range]).toEqual([name, VERSION]);
      }
      expect(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8')).toMatch(
        /^## Unreleased\n\n## 99\.1\.0-rc\.1 - \d{4}-\d\d-\d\d$/m,
      );
    },
    LIMIT,
  );

  it(
    'publishes every package but the private one, with what the manifest says',
    async () => {
      await release('publish', `--registry=${registry.url}`, '--tag=next');
      for (const { name } of publishedPackages()) {
        const found = await view(`${name}@${VERSION}`, 'version', 'repository', 'dist-tags');
        expect(found).toMatchObject({ version: VERSION, repository: { type: 'git' } });
        expect(found['dist-tags'].next).toBe(VERSION);
      }
      await expect(view(`@nx-linuxkit/testing@${VERSION}`, 'version')).rejects.toThrow('E404');
    },
    LIMIT,
  );

  it(
    'goes on where it stopped: what is published stays',
    async () => {
      const { stdout } = await release('publish', `--registry=${registry.url}`, '--tag=next');
      expect(stdout.match(/is published already/g)).toHaveLength(publishedPackages().length);
    },
    LIMIT,
  );

  it('refuses a version that is none', async () => {
    await expect(release('version', 'next')).rejects.toThrow('expected a version such as 0.2.0');
  });
});
