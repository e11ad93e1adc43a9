// An Nx workspace as a user has it: the published packages installed, a store, a cache and a home of its own.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');

export class Workspace {
  /** `plugin` is the entry of nx.json, `files` the workspace's own, `store` a store that `clear` leaves as it is. */
  constructor(base, name, { plugin, files, store }) {
    this.base = join(base, name);
    this.sharedStore = store;
    this.dir = join(this.base, 'workspace');
    mkdirSync(join(this.base, 'home'), { recursive: true });
    this.write({
      'package.json': '{"name":"workspace","private":true}\n',
      '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\n',
      'nx.json': JSON.stringify({ analytics: false, plugins: plugin ? [plugin] : [] }),
      ...files,
    });
    install(join(this.dir, 'node_modules'));
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: this.dir });
  }

  environment(daemon) {
    return {
      PATH: process.env.PATH,
      HOME: join(this.base, 'home'),
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
      NX_DAEMON: String(daemon),
      NX_TUI: 'false',
      NX_NO_CLOUD: 'true',
      NX_CACHE_DIRECTORY: this.cache,
      NX_WORKSPACE_DATA_DIRECTORY: join(this.base, 'data'),
      NX_LINUXKIT_STORE: this.store,
    };
  }

  get cache() {
    return join(this.base, 'cache');
  }

  get store() {
    return this.sharedStore ?? join(this.base, 'store');
  }

  /** One `nx` command, measured from its start to its exit; throws when it fails. */
  async nx(args, { daemon = false, env = {} } = {}) {
    rmSync(join(this.cache, 'run.json'), { force: true });
    const nx = join(this.dir, 'node_modules/nx/dist/bin/nx.js');
    const result = await measure(process.execPath, [nx, ...args], {
      cwd: this.dir,
      env: { ...this.environment(daemon), ...env },
    });
    if (result.code !== 0)
      throw new Error(`nx ${args.join(' ')} ended with ${result.code}:\n${result.output}`);
    if (daemon) result.daemonRss = this.daemonRss();
    return result;
  }

  /** Ids of the tasks that the last command did not find in the cache. */
  executed() {
    const { tasks } = JSON.parse(readFileSync(join(this.cache, 'run.json'), 'utf8'));
    return tasks.filter(({ cacheStatus }) => cacheStatus === 'cache-miss').map(({ taskId }) => taskId);
  }

  write(files) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.dir, path)), { recursive: true });
      writeFileSync(join(this.dir, path), text);
    }
  }

  read(path) {
    return readFileSync(join(this.dir, path), 'utf8');
  }

  /** Forgets what was built: outputs, Nx's cache with its database, and the store unless it shall stay warm. */
  clear({ store = true } = {}) {
    const gone = [
      this.cache,
      join(this.base, 'data'),
      ...['.linuxkit', 'dist'].map((name) => join(this.dir, name)),
    ];
    for (const path of store && !this.sharedStore ? [...gone, this.store] : gone)
      rmSync(path, { recursive: true, force: true });
  }

  async stopDaemon() {
    await this.nx(['daemon', '--stop'], { daemon: true }).catch(() => undefined);
  }

  /** Peak of the daemon, which outlives the command. */
  daemonRss() {
    const file = join(this.base, 'data/d/server-process.json');
    try {
      const { processId } = JSON.parse(readFileSync(file, 'utf8'));
      return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))[1]) * 1024;
    } catch {
      return undefined;
    }
  }
}

/** Our packages are copied, so that a build of the repository during a run changes nothing; the rest is linked. */
function install(modules) {
  mkdirSync(modules, { recursive: true });
  const source = join(repository, 'node_modules');
  for (const name of readdirSync(source)) {
    if (name === '@nx-linuxkit' || name === 'nx-linuxkit') continue;
    symlinkSync(join(source, name), join(modules, name));
  }
  mkdirSync(join(modules, '@nx-linuxkit'));
  const folders = readdirSync(join(repository, 'packages')).map((name) => join('packages', name));
  for (const folder of [...folders, 'images']) {
    const path = join(repository, folder);
    if (!existsSync(join(path, 'package.json'))) continue;
    const { name, private: hidden } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    if (!hidden) cpSync(path, join(modules, name), { recursive: true, filter: isPublished });
  }
}

const isPublished = (path) =>
  !/__(fixtures|tests)__|\.spec\.|\.map$|\.d\.ts$|tsbuildinfo|build-id$/.test(path);

/** Bytes of all files below a folder. */
export function folderSize(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0);
}
