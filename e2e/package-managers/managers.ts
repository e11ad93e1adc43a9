import { join } from 'node:path';
import { installedTool, type Tool } from '../workspace/installed-tool.js';

/** A package manager, as a person uses it in a workspace. */
export interface Manager {
  /** The package of npm that has the program; npm itself comes with Node. */
  readonly tool?: Tool & { readonly bin: string };
  /** Files by which the workspace takes the registry at `url`, for packages that are new there. */
  readonly files: (url: string) => Readonly<Record<string, string>>;
  /** Words that add development dependencies. */
  readonly add: readonly string[];
  /** Words that run a program of the workspace. */
  readonly exec: readonly string[];
}

const npmrc = (url: string) => `registry=${url}\n`;
const yarnrc = (linker: string) => (url: string) => ({
  '.yarnrc.yml': [
    `npmRegistryServer: '${url.replace(/\/$/, '')}'`,
    `nodeLinker: ${linker}`,
    'unsafeHttpWhitelist: [127.0.0.1]',
    'npmMinimalAgeGate: 0',
    'enableTelemetry: false',
    'enableImmutableInstalls: false',
    '',
  ].join('\n'),
  // Yarn looks for the root of a project above a folder without a lock.
  'yarn.lock': '',
});

const YARN = {
  tool: { name: '@yarnpkg/cli-dist', version: '4.18.1', bin: 'bin/yarn.js' },
  add: ['yarn', 'add', '--dev'],
  exec: ['yarn'],
};

export const MANAGERS = {
  npm: {
    files: (url) => ({ '.npmrc': `${npmrc(url)}audit=false\nfund=false\n` }),
    add: ['npm', 'install', '--save-dev'],
    exec: ['npx'],
  },
  pnpm: {
    tool: { name: 'pnpm', version: '10.34.9', bin: 'bin/pnpm.cjs' },
    files: (url) => ({ '.npmrc': npmrc(url), 'pnpm-workspace.yaml': 'packages: [libs/*]\n' }),
    add: ['pnpm', 'add', '--save-dev', '--workspace-root'],
    exec: ['pnpm', 'exec'],
  },
  yarn: { ...YARN, files: yarnrc('node-modules') },
  'yarn-pnp': { ...YARN, files: yarnrc('pnp') },
  bun: {
    tool: { name: `@oven/bun-linux-${process.arch}`, version: '1.4.4', bin: 'bin/bun' },
    files: (url) => ({ 'bunfig.toml': `[install]\nregistry = "${url}"\n` }),
    add: ['bun', 'add', '--dev'],
    exec: ['bun', 'x'],
  },
} satisfies Record<string, Manager>;

export type ManagerName = keyof typeof MANAGERS;

/** The file of a package manager's program; undefined for npm. */
export async function programOf({ tool }: Manager): Promise<string | undefined> {
  return tool && join(await installedTool(tool), tool.bin);
}
