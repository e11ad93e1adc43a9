import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { sampleOf } from './sample.js';
import { RunningNx } from './workspace/running-nx.js';
import { Workspace } from './workspace/workspace.js';

/** What `nx watch` prints for a change: the files that Nx names. */
const COMMAND = ['--', 'echo', 'changed:', '$NX_FILE_CHANGES'];

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await pushTo(registry, await systemImage('init'), 'init:1');
});
afterAll(() => registry?.stop());

const versions = sampleOf(['current', 'oldest'] as const, (nx) => nx === 'current');

describe.each(versions)('nx watch, with the %s Nx', (nx) => {
  let workspace: Workspace;
  let watch: RunningNx | undefined;

  beforeAll(async () => {
    workspace = await Workspace.create({
      ...{ nx, daemon: true },
      files: {
        'apps/one/linuxkit.yml': smallYaml(`${registry.host}/init:1`, {
          services: [{ name: 'app', image: '@pkg:../../pkg/app' }],
          files: ['../../shared/note', '../../ignored/note2'],
        }),
        'pkg/app/build.yml': 'image: app\ncontents: {files: [{path: /app, source: app}]}\n',
        'pkg/app/app': 'first\n',
        'shared/note': 'a note',
        '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\nignored\n',
      },
    });
    workspace.write({ 'ignored/note2': 'another note' });
    await workspace.succeed('show', 'projects');
  });
  afterEach(() => watch?.stop());
  afterAll(() => workspace?.stop());

  /** Starts `nx watch`, and changes a file until it is reported: Nx does not say when it begins to look. */
  async function watching(probe: string, ...options: string[]): Promise<RunningNx> {
    watch = RunningNx.start(workspace, 'watch', ...options, ...COMMAND);
    const poke = setInterval(() => workspace.write({ [probe]: `${performance.now()}` }), 500);
    await watch.until(new RegExp(`changed: .*${probe}`)).finally(() => clearInterval(poke));
    return watch;
  }

  test('a file of a package, a new one too, is reported for all projects', async () => {
    const all = await watching('apps/one/probe', '--all');
    workspace.write({ 'pkg/app/app': 'second\n' });
    await all.until(/changed: .*pkg\/app\/app/);
    workspace.write({ 'pkg/app/files/new': 'new\n' });
    await all.until(/changed: .*pkg\/app\/files\/new/);
    workspace.edit('apps/one/linuxkit.yml', (text) => `${text}# a comment\n`);
    await all.until(/changed: .*apps\/one\/linuxkit\.yml/);
  });

  test('a file of a package is reported for the project of the package', async () => {
    const one = await watching('pkg/app/probe', '--projects=app');
    workspace.write({ 'pkg/app/app': 'third\n' });
    await one.until(/changed: .*pkg\/app\/app/);
  });

  test('a source that lies in no project is reported with --includeGlobalWorkspaceFiles, one that git ignores never', async () => {
    const files = await watching('shared/probe', '--all', '--includeGlobalWorkspaceFiles');
    workspace.write({ 'ignored/note2': 'changed', 'shared/note': 'changed' });
    const [reported] = await files.until(/changed: .*shared\/note/);
    expect(reported).not.toContain('ignored');
    expect(files.said()).not.toContain('ignored');
  });
});
