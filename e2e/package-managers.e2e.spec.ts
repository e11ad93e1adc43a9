import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshWorkspace, type FreshWorkspace, type NodeName } from './package-managers/fresh-workspace.js';
import { MANAGERS, type ManagerName } from './package-managers/managers.js';
import { WHOLE, sampleOf } from './sample.js';
import { startNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';
import { NX_VERSIONS, type NxVersion } from './workspace/template.js';

const NODES: readonly NodeName[] = ['own', '22', '24'];
const NXS = Object.keys(NX_VERSIONS) as NxVersion[];
/** Nx 23.3 on Node 22 does not find its own native binary in an archive of Plug'n'Play; each command of Nx says so. */
const startsNx = (manager: ManagerName, node: NodeName, nx: NxVersion) =>
  !(manager === 'yarn-pnp' && node === '22' && nx === 'oldest');
const CASES = (Object.keys(MANAGERS) as ManagerName[]).flatMap((manager) =>
  NODES.flatMap((node) =>
    NXS.filter((nx) => startsNx(manager, node, nx)).map((nx): [ManagerName, NodeName, NxVersion] => [
      manager,
      node,
      nx,
    ]),
  ),
);
/** pnpm shows a package its own dependencies only, so it finds what other layouts hide. */
const SAMPLE = sampleOf(
  CASES,
  ([manager, node, nx]) => manager === 'pnpm' && node === '24' && nx === 'oldest',
);
/** A package that only some need, and a task that needs it. */
interface Optional {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly task: readonly string[];
  /** What the task says once the package is there. */
  readonly then: string;
}

const DOCKERODE: Optional = {
  name: 'dockerode',
  files: { 'my-os/linuxkit.yml': 'services: [{ name: a, image: "docker-daemon:none:1" }]\n' },
  task: ['lock', 'my-os'],
  then: 'cannot reach the Docker daemon',
};
const OPENPGP: Optional = {
  name: 'openpgp',
  files: {
    'app/build.yml': 'image: app\narches: [amd64]\ncontents:\n  packages: [base-files]\n',
    'app/project.json': JSON.stringify({
      name: 'app',
      targets: { pin: { executor: 'nx-linuxkit:lock', options: { folder: 'app' } } },
    }),
  },
  task: ['run', 'app:pin'],
  then: 'lock app: ',
};
const OPTIONAL = WHOLE ? [DOCKERODE, OPENPGP] : [DOCKERODE];
/** Milliseconds. A package manager installs Nx from a distant registry, which takes minutes on a busy machine. */
const LIMIT = 600_000;

describe('a workspace of another package manager, Node or Nx', () => {
  let registry: NpmRegistry;
  beforeAll(async () => {
    registry = await startNpmRegistry();
  }, LIMIT);
  afterAll(() => registry?.stop());

  it.each(SAMPLE)(
    '%s on Node %s with Nx %s: adds the plugin, makes a system and builds it',
    async (manager, node, nx) => {
      const workspace = await freshWorkspace(manager, node, registry);
      try {
        await workspace.add(`nx@${NX_VERSIONS[nx]}`);
        await workspace.exec('nx', 'add', 'nx-linuxkit');
        await workspace.exec('nx', 'g', 'nx-linuxkit:os', 'my-os', '--template=minimal');
        await workspace.exec('nx', 'build', 'my-os', '--output-style=static');
        expect(existsSync(join(workspace.dir, 'dist/my-os/kernel+initrd/my-os-initrd.img'))).toBe(true);
        expectSchema(workspace);
        workspace.emptyStore();
        for (const optional of OPTIONAL) await expectMissing(workspace, optional);
      } finally {
        workspace.remove();
      }
    },
    LIMIT,
  );
});

/** The schema that the settings name is a file. */
function expectSchema({ dir }: FreshWorkspace): void {
  const settings = JSON.parse(readFileSync(join(dir, '.vscode/settings.json'), 'utf8'));
  const [schema] = Object.keys(settings['yaml.schemas']);
  expect([schema, existsSync(join(dir, schema))]).toEqual([schema, true]);
}

/** A task that needs an optional package fails with a command; once the command was typed, the package is found. */
async function expectMissing(
  workspace: FreshWorkspace,
  { name, task, files, then }: Optional,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) workspace.write(path, text);
  const run = () =>
    workspace.exec('nx', ...task, '--output-style=static').catch(({ message }: Error) => message);
  const failed = await run();
  const [, command] = /hint: Run `([^`]+)`/.exec(failed) ?? [];
  expect({ failed, command }).toEqual({ failed, command: expect.stringMatching(` ${name}@\\d+$`) });
  await workspace.run(command as string);
  expect(await run()).toContain(then);
}
