import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** Files that an OS extends lie outside of every project, and the plugin's glob does not match them. */
describe.each([
  ['with the daemon', true],
  ['without the daemon', false],
])('a base file, %s', (_, daemon) => {
  let registry: TestRegistry;
  let workspace: Workspace;

  beforeAll(async () => {
    registry = await startRegistry();
    await pushTo(registry, await systemImage('init'), 'init:1');
    const yaml = smallYaml(`${registry.host}/init:1`);
    workspace = await Workspace.create({ daemon, env: daemon ? {} : IN_PROCESS });
    workspace.write({
      'config/base.yml': 'files:\n  - {path: etc/base, contents: base 1}\n',
      'apps/one/linuxkit.yml': `extends: [../../config/base.yml]\n${yaml}`,
      'apps/other/linuxkit.yml': yaml,
    });
    await workspace.succeed('run-many', '-t', 'lock');
    workspace.commit();
    await workspace.succeed('run-many', '-t', 'build');
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  const tar = () => workspace.bytes('dist/apps/one/tar/one.tar').toString('latin1');

  it('is merged below the OS', () => expect(tar()).toContain('base 1'));

  it('an edit of it rebuilds the OS that extends it, and no other', async () => {
    workspace.edit('config/base.yml', (text) => text.replace('base 1', 'base 2'));
    const { executed } = await workspace.succeed('run-many', '-t', 'build');
    expect(executed).toEqual(['one:tar', 'one@initramfs:initramfs']);
    expect(tar()).toContain('base 2');
  });

  it('an edit of it affects the OS that extends it, and no other', async () => {
    const { output } = await workspace.succeed(
      'show',
      'projects',
      '--affected',
      '--files=config/base.yml',
      '--json',
    );
    const projects = JSON.parse(output.slice(output.indexOf('['))) as string[];
    expect(projects).toContain('one');
    expect(projects.filter((name) => name.startsWith('other'))).toEqual([]);
  });
});
