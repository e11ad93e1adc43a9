import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DEVKIT_VERSIONS, NX_VERSIONS } from '../workspace/template.js';

const run = promisify(execFile);

/** A workspace whose packages npm installs from a registry, with a store and a cache of its own. */
export class NpmWorkspace {
  private readonly base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-npm-workspace-'));
  readonly dir = join(this.base, 'workspace');
  private readonly env: NodeJS.ProcessEnv;

  /** `store` is a folder that outlives the workspace. Default: one in it. */
  constructor(registry: string, store?: string) {
    mkdirSync(join(this.base, 'home'), { recursive: true });
    mkdirSync(this.dir);
    writeFileSync(join(this.dir, '.npmrc'), `registry=${registry}\naudit=false\nfund=false\n`);
    this.env = {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: join(this.base, 'home'),
      // npm finds tarballs of others in its cache by digest, whichever registry names them.
      npm_config_cache: join(homedir(), '.npm'),
      npm_config_ignore_scripts: 'true',
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NX_NO_CLOUD: 'true',
      NX_MIGRATE_USE_LOCAL: 'true',
      // The home lies below the folder for temporary files, where Nx would install nothing otherwise.
      NX_ALLOW_INSECURE_DIRECTORIES: 'true',
      NX_LINUXKIT_STORE: store ?? join(this.base, 'store'),
      CI: '',
    };
  }

  /** Writes files, and adds the dependencies to package.json. */
  async install(files: Readonly<Record<string, string | Buffer>>, plugin: string): Promise<void> {
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(this.path(path)), { recursive: true });
      writeFileSync(this.path(path), bytes);
    }
    const manifest = JSON.parse(this.read('package.json')) as object;
    const versions = { nx: NX_VERSIONS.current, '@nx/devkit': DEVKIT_VERSIONS.current };
    const devDependencies = { ...versions, 'nx-linuxkit': plugin, '@nx-linuxkit/images': plugin };
    writeFileSync(this.path('package.json'), JSON.stringify({ ...manifest, devDependencies }, null, 2));
    await this.npmInstall();
    this.git('init', '-q', '-b', 'main');
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'old');
  }

  async npmInstall(): Promise<void> {
    await run('npm', ['install', '--loglevel=error'], { cwd: this.dir, env: this.env });
  }

  /** Runs nx; gives its output also when it fails. */
  async nx(...args: string[]): Promise<{ code: number; output: string }> {
    try {
      const { stdout, stderr } = await run(process.execPath, ['node_modules/.bin/nx', ...args], {
        cwd: this.dir,
        env: this.env,
        maxBuffer: 2 ** 26,
      });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: stdout + stderr };
    }
  }

  /** Runs a script of package.json; its exit code. */
  async script(name: string): Promise<number> {
    return run('npm', ['run', '--silent', name], { cwd: this.dir, env: this.env }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  }

  git(...args: string[]): string {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...author, ...args], { cwd: this.dir, encoding: 'utf8' });
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  bytes(name: string): Buffer | undefined {
    try {
      return readFileSync(this.path(name));
    } catch {
      return undefined;
    }
  }

  /** Removes outputs and Nx's cache, so that a build finds nothing but its store. */
  forget(): void {
    for (const name of ['.nx', '.linuxkit', 'dist'])
      rmSync(this.path(name), { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true, maxRetries: 3 });
  }
}
