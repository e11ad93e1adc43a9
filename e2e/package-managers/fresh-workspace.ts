import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { installedTool } from '../workspace/installed-tool.js';
import type { NpmRegistry } from '../workspace/npm-registry.js';
import { runProcess } from '../workspace/nx-run.js';
import { CACHE, packedPackages } from '../workspace/packed.js';
import { MANAGERS, programOf, type Manager, type ManagerName } from './managers.js';

/** Versions of the package that holds Node's program; the oldest of the range is the one that runs the tests. */
export const NODES = { '22': '22.23.5', '24': '24.22.3' } as const;
export type NodeName = 'own' | keyof typeof NODES;

/** A workspace without anything but Nx, in which a person types commands. */
export interface FreshWorkspace {
  readonly dir: string;
  /** Runs a program that the package manager finds. Returns what it wrote; throws that if the program fails. */
  exec(...words: readonly string[]): Promise<string>;
  /** Adds development dependencies, as the person would. */
  add(...packages: readonly string[]): Promise<string>;
  /** Runs a line that the person copies from a message. */
  run(line: string): Promise<string>;
  /** Commands that follow use a store without anything in it, in which no signature has been verified. */
  emptyStore(): void;
  write(path: string, text: string): void;
  remove(): void;
}

/** Makes a folder in which `manager` takes packages from the registry, and commands run on `node`. */
export async function freshWorkspace(
  name: ManagerName,
  node: NodeName,
  { url }: NpmRegistry,
): Promise<FreshWorkspace> {
  const manager: Manager = MANAGERS[name];
  const base = mkdtempSync(join(tmpdir(), `nx-linuxkit-${name}-`));
  const dir = join(base, 'workspace');
  mkdirSync(dir);
  const files = {
    'package.json': '{"name":"fresh","private":true}\n',
    'nx.json': '{"analytics":false}\n',
    ...manager.files(url),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text);
  const path = [await programs(manager, node, join(base, 'bin')), process.env.PATH].join(delimiter);
  const env = environment(base, path, (await packedPackages()).key);
  const run = async ([command, ...args]: readonly string[]) => {
    const { code, output } = await runProcess(command, args, { cwd: dir, env });
    if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${output}`);
    return output;
  };
  return {
    dir,
    exec: (...words) => run([...manager.exec, ...words]),
    add: (...packages) => run([...manager.add, ...packages]),
    run: (line) => run(line.split(' ')),
    emptyStore: () => void (env.NX_LINUXKIT_STORE = join(base, 'store')),
    write(path, text) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    },
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** A folder with `node` and the package manager, for the front of PATH. */
async function programs(manager: Manager, node: NodeName, bin: string): Promise<string> {
  mkdirSync(bin);
  const nodeProgram =
    node === 'own'
      ? process.execPath
      : join(await installedTool({ name: `node-linux-${process.arch}`, version: NODES[node] }), 'bin/node');
  symlinkSync(nodeProgram, join(bin, 'node'));
  const program = await programOf(manager);
  if (program === undefined) return bin;
  const word = manager.exec[0];
  if (/\.c?js$/.test(program)) {
    writeFileSync(join(bin, word), `#!/bin/sh\nexec node ${program} "$@"\n`);
    chmodSync(join(bin, word), 0o755);
  } else {
    chmodSync(program, 0o755);
    symlinkSync(program, join(bin, word));
  }
  return bin;
}

function environment(base: string, path: string, key: string): NodeJS.ProcessEnv {
  mkdirSync(join(base, 'home'));
  return {
    PATH: path,
    HOME: join(base, 'home'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_NO_CLOUD: 'true',
    // npm and pnpm find tarballs in their caches by digest, whichever registry names them.
    npm_config_cache: join(homedir(), '.npm'),
    npm_config_store_dir: join(CACHE, 'pnpm'),
    // Yarn remembers where a registry of this host had each tarball, whatever the port was.
    YARN_GLOBAL_FOLDER: join(base, 'yarn'),
    // Bun finds them by version, which is the same for other bytes of ours.
    BUN_INSTALL_CACHE_DIR: join(CACHE, `managers-${key}`, 'bun'),
    // No daemon listens here, so that every machine gives the same error.
    DOCKER_HOST: 'tcp://127.0.0.1:1',
    NX_LINUXKIT_STORE: join(CACHE, 'store'),
    NX_LINUXKIT_DEBIAN_MIRROR: process.env.NX_LINUXKIT_DEBIAN_MIRROR,
  };
}
