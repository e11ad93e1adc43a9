import { NpmWorkspace } from './npm-workspace.js';
import { BUILDABLE, oldWorkspace, PRIVATE_HOSTS } from './old-workspace.js';

/** Versions between which a workspace moves; a registry has both. */
export interface Migration {
  readonly registry: string;
  readonly from: string;
  readonly to: string;
}

/** What came of it. */
export interface Migrated {
  /** Why it is no migration as a user wants it; none if all is well. */
  readonly problems: readonly string[];
  /** What each system gave, before and after, for a person to read. */
  readonly systems: readonly string[];
}

/** Projects of `BUILDABLE` as this version names them, in the order of its keys. */
const PROJECTS = { one: 'one', odd: '_odd', packaged: 'packaged', hostile: 'hostile' };
/** Files that a migration may change. */
const CHANGES = ['nx.json', 'package-lock.json', 'package.json', 'migrations.json', 'apps/one/project.json'];
/** Scripts of package.json that name nodes, targets or projects by names of the old version. */
const SCRIPTS = ['odd', 'odd-tar', 'extract', 'initramfs', 'image', 'hostile', 'context', 'ship'];

/** Installs a workspace of an old version, builds it, moves it with `nx migrate` as its help says, and builds it again. */
export async function tryMigration({ registry, from, to }: Migration): Promise<Migrated> {
  const workspace = new NpmWorkspace(registry);
  const problems: string[] = [];
  const expectTo = (what: string, holds: boolean, got = '') => {
    if (!holds) problems.push(`expected ${what}${got && `:\n${got}`}`);
  };
  const succeed = async (...args: string[]) => {
    const { code, output } = await workspace.nx(...args);
    expectTo(`nx ${args.join(' ')} to succeed`, code === 0, output);
    return output;
  };
  const exitsOf = async (names: readonly string[]) => {
    const exits: number[] = [];
    for (const name of names) exits.push(await workspace.script(name));
    return exits;
  };
  try {
    await workspace.install(await oldWorkspace(), from);
    await workspace.nx('run-many', '-t', 'tar', '-p', 'one,packaged,apps/*');
    const before = Object.values(BUILDABLE).map(
      (path) => workspace.bytes(path) ?? workspace.bytes(path.replace('/_', '/!')),
    );

    const ranBefore = await exitsOf(SCRIPTS);
    await succeed('migrate', `nx-linuxkit@${to}`);
    const { devDependencies } = JSON.parse(workspace.read('package.json')) as Manifest;
    for (const name of ['nx-linuxkit', '@nx-linuxkit/images'])
      expectTo(`${name} in package.json to be ${to}`, devDependencies[name] === to, devDependencies[name]);
    await workspace.npmInstall();
    await succeed('migrate', '--run-migrations');

    const { plugins } = JSON.parse(workspace.read('nx.json')) as NxJson;
    const { insecure = [] } = plugins[0].options;
    for (const host of ['old.lan:5000', ...PRIVATE_HOSTS])
      expectTo(`${host} in the option insecure`, insecure.includes(host), insecure.join(', '));
    const changed = workspace
      .git('status', '--porcelain')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice(3));
    expectTo(
      'no other file to change',
      changed.every((path) => CHANGES.includes(path)),
      changed.join('\n'),
    );

    await succeed('run-many', '-t', 'build', '-p', Object.values(PROJECTS).join(','));
    const after = Object.values(BUILDABLE).map((path) => workspace.bytes(path));
    const ranAfter = await exitsOf(SCRIPTS);
    for (const [i, name] of SCRIPTS.entries()) expectTo(`the script ${name} to run`, ranAfter[i] === 0);
    const systems = Object.keys(BUILDABLE).map((name, i) => {
      expectTo(`${name} to be built`, after[i] !== undefined);
      const same =
        before[i] && after[i] ? (before[i]!.equals(after[i]!) ? 'the same bytes' : 'other bytes') : '';
      return `${name}: ${before[i] ? 'built' : 'not built'} by ${from}, ${after[i] ? 'built' : 'not built'} by ${to}, ${same}`;
    });
    for (const [i, name] of SCRIPTS.entries())
      systems.push(`npm run ${name}: exit ${ranBefore[i]} with ${from}, exit ${ranAfter[i]} with ${to}`);
    return { problems, systems };
  } finally {
    workspace.remove();
  }
}

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface NxJson {
  readonly plugins: readonly [{ readonly options: { readonly insecure?: readonly string[] } }];
}
