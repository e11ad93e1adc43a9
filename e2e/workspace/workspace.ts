import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newFolder, putModules } from './folder.js';
import { NxRun, runProcess, type TaskResult } from './nx-run.js';
import { installedModules, type NxVersion } from './template.js';

export interface WorkspaceOptions {
  readonly nx?: NxVersion;
  readonly daemon?: boolean;
  /** `--no-batch` when false. */
  readonly batch?: boolean;
  /** Options of the plugin in nx.json. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  /** Other keys of nx.json. */
  readonly nxJson?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** Loads plugins into the process of nx, which makes each command a second faster; graph.e2e.spec.ts runs as users do. */
export const IN_PROCESS = { NX_ISOLATE_PLUGINS: 'false' };

/** A fresh Nx workspace with the packed plugin. It has a store, a cache and a home of its own. */
export class Workspace {
  private constructor(
    readonly dir: string,
    /** Holds the workspace with its store, cache and home. */
    readonly base: string,
    readonly options: WorkspaceOptions,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  static async create(options: WorkspaceOptions = {}): Promise<Workspace> {
    const base = newFolder('nx-linuxkit-e2e-');
    const workspace = new Workspace(join(base, 'workspace'), base, options, environment(base, options));
    mkdirSync(workspace.dir);
    await workspace.install(options.nx ?? 'current').catch((error: unknown) => {
      rmSync(base, { recursive: true, force: true });
      throw error;
    });
    workspace.write({
      'package.json': '{"name":"workspace","private":true}\n',
      '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\n',
      'nx.json': nxJson(options),
      ...options.files,
    });
    workspace.git('init', '-q', '-b', 'main');
    workspace.commit();
    return workspace;
  }

  /** Checks the repository out again for the same user, into another folder with the same caches. */
  async clone({ store = true }: { store?: boolean } = {}): Promise<Workspace> {
    const number = readdirSync(this.base).filter((name) => name.startsWith('workspace')).length;
    const dir = join(this.base, `workspace${number}`);
    execFileSync('git', ['clone', '-q', this.dir, dir]);
    // Nx names a repository by its remote, or else by its first commit, which both clones share.
    execFileSync('git', ['remote', 'remove', 'origin'], { cwd: dir });
    const env = store ? this.env : { ...this.env, NX_LINUXKIT_STORE: join(this.base, `store${number}`) };
    const clone = new Workspace(dir, this.base, this.options, env);
    await clone.install(this.options.nx ?? 'current');
    return clone;
  }

  get store(): string {
    return this.env.NX_LINUXKIT_STORE as string;
  }

  /** Nx keeps the outputs of tasks here, for all clones of a repository. */
  get nxCache(): string {
    return join(this.base, 'home', '.nx');
  }

  emptyNxCache(): void {
    rmSync(this.nxCache, { recursive: true, force: true });
  }

  emptyStore(): void {
    rmSync(this.store, { recursive: true, force: true });
  }

  /** Removes stages, artefacts, store and cache, so that the next build does all the work. */
  emptyAll(): void {
    this.emptyNxCache();
    this.emptyStore();
    this.remove('.linuxkit', 'dist');
  }

  async nx(...args: string[]): Promise<NxRun> {
    return this.nxWith({}, ...args);
  }

  async nxWith(
    { env = {}, ...process_ }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal; uid?: number; cwd?: string },
    ...args: string[]
  ): Promise<NxRun> {
    const runFiles = () =>
      findFiles(this.nxCache, 'run.json').concat(findFiles(join(this.dir, '.nx'), 'run.json'));
    runFiles().forEach((file) => rmSync(file, { force: true }));
    const batch = this.options.batch === false && runsTasks(args) ? ['--no-batch'] : [];
    const style = runsTasks(args) ? ['--output-style=static'] : [];
    const started = performance.now();
    const { code, output } = await runProcess(
      process.execPath,
      [join(this.dir, 'node_modules/.bin/nx'), ...args, ...batch, ...style],
      { cwd: this.dir, env: { ...this.env, ...env }, ...process_ },
    );
    const tasks = runFiles().flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).tasks as TaskResult[]);
    return new NxRun(code, output, tasks, (performance.now() - started) / 1000);
  }

  /** Runs a command that must succeed. */
  async succeed(...args: string[]): Promise<NxRun> {
    const run = await this.nx(...args);
    if (run.code !== 0) throw new Error(`nx ${args.join(' ')} ended with ${run.code}:\n${run.output}`);
    return run;
  }

  write(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(path)), { recursive: true });
      writeFileSync(this.path(path), text);
    }
  }

  edit(path: string, change: (text: string) => string): void {
    const before = this.read(path);
    const after = change(before);
    if (after === before) throw new Error(`${path} stayed as it was`);
    writeFileSync(this.path(path), after);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  bytes(path: string): Buffer {
    return readFileSync(this.path(path));
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  remove(...paths: string[]): void {
    for (const path of paths) rmSync(this.path(path), { recursive: true, force: true });
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  git(...args: string[]): string {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...author, ...args], { cwd: this.dir, encoding: 'utf8' });
  }

  commit(): void {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'change');
  }

  /** Ends the daemon, if there is one, and removes everything. */
  async stop(): Promise<void> {
    for (const name of readdirSync(this.base).filter((entry) => entry.startsWith('workspace'))) {
      const dir = join(this.base, name);
      const nx = join(dir, 'node_modules/.bin/nx');
      if (this.env.NX_DAEMON === 'true' && existsSync(nx)) {
        await runProcess(process.execPath, [nx, 'daemon', '--stop'], { cwd: dir, env: this.env });
      }
    }
    rmSync(this.base, { recursive: true, force: true, maxRetries: 10 });
  }

  private async install(nx: NxVersion): Promise<void> {
    const modules = await installedModules(nx);
    putModules(modules, join(this.dir, 'node_modules'));
  }
}

export function nxJson({ plugin = {}, nxJson: more = {} }: WorkspaceOptions): string {
  const plugins = [{ plugin: 'nx-linuxkit', options: plugin }];
  return `${JSON.stringify({ analytics: false, plugins, ...more }, null, 2)}\n`;
}

/** Takes the tools of this machine and nothing else: no other workspace, no cache, no account. */
function environment(base: string, { daemon = false, env = {} }: WorkspaceOptions): NodeJS.ProcessEnv {
  mkdirSync(join(base, 'home'));
  return {
    PATH: process.env.PATH,
    HOME: join(base, 'home'),
    TMPDIR: process.env.TMPDIR,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    NX_DAEMON: String(daemon),
    NX_TUI: 'false',
    NX_NO_CLOUD: 'true',
    NX_LINUXKIT_STORE: join(base, 'store'),
    ...env,
  };
}

/** `boot` runs a task too, but streams its output as a user sees it. */
function runsTasks([command]: readonly string[]): boolean {
  return !['show', 'graph', 'g', 'reset', 'daemon', 'add', 'boot', 'migrate'].includes(command);
}

function findFiles(dir: string, name: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : findFiles(join(dir, entry.name), name);
    return entry.name === name ? [join(dir, name)] : [];
  });
}

/** Folders of task outputs, whose names are digits: they hold no files of Nx's own. */
const SKIPPED = /^\d+$|^terminalOutputs$/;
