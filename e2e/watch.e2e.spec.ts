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
          services: [
            { name: 'app', image: '@pkg:../../pkg/app' },
            { name: 'box', image: '@pkg:../../pkg/box' },
            { name: 'plain', image: '@pkg:../../pkg/plain' },
          ],
          files: ['../../shared/note', '../../ignored/note2'],
        }),
        'pkg/app/build.yml': 'image: app\ncontents: {files: [{path: /app, source: app}]}\n',
        'pkg/app/app': 'first\n',
        'pkg/box/build.yml': 'image: box\n',
        'pkg/box/Dockerfile': 'FROM scratch\nCOPY . /box\n',
        'pkg/box/program': 'first\n',
        'pkg/plain/Dockerfile': 'FROM scratch\nCOPY . /plain\n',
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
    // Nx waits until files stay as they are before it reports them.
    const poke = setInterval(() => workspace.write({ [probe]: `${performance.now()}` }), 2000);
    await watch.until(new RegExp(`changed: .*${probe}`)).finally(() => clearInterval(poke));
    return watch;
  }

  test('files of every kind of package are reported for all projects, new ones too, and one beside a YAML', async () => {
    const all = await watching('apps/one/probe', '--all');
    const reports = (file: string) => all.until(new RegExp(`changed: .*${file}`));
    for (const file of [
      'pkg/box/program',
      'pkg/app/app',
      'pkg/plain/Dockerfile',
      'pkg/box/files/new',
      'pkg/app/new',
    ]) {
      workspace.write({
        [file]: `${file.endsWith('Dockerfile') ? 'FROM scratch\nCOPY . /other' : 'second'}\n`,
      });
      await reports(file);
    }
    workspace.edit('apps/one/linuxkit.yml', (text) => `${text}# a comment\n`);
    await reports('apps/one/linuxkit.yml');
  });

  test('their projects can be named', async () => {
    const both = await watching('pkg/box/probe', '--projects=pkg/box,pkg/app');
    for (const file of ['pkg/box/program', 'pkg/app/app']) {
      workspace.write({ [file]: 'third\n' });
      await both.until(new RegExp(`changed: .*${file}`));
    }
  });

  test('files that lie in no project are reported with --includeGlobalWorkspaceFiles, one that git ignores never', async () => {
    const files = await watching('shared/probe', '--all', '--includeGlobalWorkspaceFiles');
    workspace.write({ 'ignored/note2': 'changed', 'shared/note': 'changed' });
    await files.until(/changed: .*shared\/note/);
    expect(files.said()).not.toContain('ignored');
  });
});
