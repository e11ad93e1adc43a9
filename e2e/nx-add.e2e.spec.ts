import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';
import { NX_VERSIONS } from './workspace/template.js';
import { Workspace } from './workspace/workspace.js';

const run = promisify(execFile);
/** Milliseconds. npm installs two programs from a distant registry, which takes a minute on an idle machine. */
const INSTALL_LIMIT = 600_000;

/** npm's record of what it installed, by path. */
type Installed = Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;

function installedPackages(folder: string): Installed {
  return JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')).packages;
}

/** Bytes of the files of a package, without the packages that lie in it. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesOf(path);
    return sum + statSync(path).size;
  }, 0);
}

describe('nx add, from a registry', () => {
  let registry: NpmRegistry;
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-add-'));
  const env = {
    ...process.env,
    HOME: folder,
    // npm finds tarballs in its cache by digest, whichever registry names them.
    npm_config_cache: join(homedir(), '.npm'),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_NO_CLOUD: 'true',
    CI: '',
  };
  let before: Installed;
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

  beforeAll(async () => {
    registry = await startNpmRegistry();
    writeFileSync(join(folder, '.npmrc'), `registry=${registry.url}\naudit=false\nfund=false\n`);
    writeFileSync(join(folder, 'package.json'), '{"name":"fresh","private":true}\n');
    writeFileSync(join(folder, 'nx.json'), '{"analytics":false}\n');
    await run('npm', ['install', '--save-dev', '--ignore-scripts', `nx@${NX_VERSIONS.current}`], {
      cwd: folder,
      env,
    });
    before = installedPackages(folder);
  }, INSTALL_LIMIT);
  afterAll(async () => {
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('installs the plugin and registers it', async () => {
    await run(process.execPath, ['node_modules/.bin/nx', 'add', 'nx-linuxkit'], { cwd: folder, env });
    expect(Object.keys(json('package.json').devDependencies)).toContain('nx-linuxkit');
    expect(json('nx.json').plugins).toEqual([{ plugin: 'nx-linuxkit', options: {} }]);
  });

  it('brings at most 20 packages and 15 MB beside our own, and no install script', () => {
    const added = Object.entries(installedPackages(folder)).filter(
      ([path]) => !(path in before) && !/(^|\/)(@nx-linuxkit\/[a-z]+|nx-linuxkit)$/.test(path),
    );
    const bytes = added.reduce((sum, [path]) => sum + bytesOf(join(folder, path)), 0);
    const report = `${added.map(([path]) => path).join(', ')}: ${(bytes / 1e6).toFixed(1)} MB`;
    expect({ report, light: added.length <= 20 && bytes <= 15e6 }).toEqual({ report, light: true });
    expect(added.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  });

  it('has an os generator, which makes a system that Nx shows', async () => {
    await run(process.execPath, ['node_modules/.bin/nx', 'g', 'nx-linuxkit:os', 'my-os'], {
      cwd: folder,
      env,
    });
    const { stdout } = await run(
      process.execPath,
      ['node_modules/.bin/nx', 'show', 'project', 'my-os', '--json'],
      { cwd: folder, env },
    );
    expect(Object.keys(JSON.parse(stdout).targets)).toEqual(
      expect.arrayContaining(['build', 'kernel+initrd']),
    );
  });
});

describe('a new workspace', () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = await Workspace.create({
      files: { 'nx.json': '{"analytics":false}', '.gitignore': 'node_modules' },
    });
  });
  afterAll(() => workspace?.stop());

  it('knows the plugin after the init generator', async () => {
    await workspace.succeed('g', 'nx-linuxkit:init');
    expect(JSON.parse(workspace.read('nx.json'))).toEqual({
      analytics: false,
      plugins: [{ plugin: 'nx-linuxkit', options: {} }],
      namedInputs: { linuxkit: [] },
      targetDefaults: { 'nx-linuxkit:build': {}, 'nx-linuxkit:stage': {} },
    });
    expect(workspace.read('.gitignore').split('\n')).toEqual(['node_modules', '.linuxkit', 'dist', '']);
  });

  it('has a system after the os generator, which Nx can show', async () => {
    await workspace.succeed('g', 'nx-linuxkit:os', 'my-os', '--directory=apps/my-os');
    const { output } = await workspace.succeed('show', 'project', 'my-os', '--json');
    const { root, metadata, targets } = JSON.parse(output.slice(output.indexOf('{')));
    expect(root).toBe('apps/my-os');
    expect(metadata.technologies).toEqual(['linuxkit']);
    const [first, second, ...others] = Object.keys(metadata.targetGroups).sort();
    expect(metadata.targetGroups[first]).toEqual(['build', 'boot', 'boot-test', 'dev', 'lock']);
    expect(second).toBe('Formats');
    expect(others.flatMap((group) => metadata.targetGroups[group])).toEqual([
      'size',
      'why',
      'diff',
      'sbom',
      'licenses',
      'scan',
      'inspect',
      'push-os',
    ]);
    expect(targets.build.metadata.help.command).toBe('nx build my-os');
  });
});
