import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { generatedYaml, otherRepository, ownRepository } from './import/repositories.js';
import type { NxRun } from './workspace/nx-run.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** `nx g nx-linuxkit:import` in a repository that has Nx and LinuxKit YAMLs, and nothing of the plugin. */
describe('LinuxKit YAMLs are imported', () => {
  let registry: MemoryRegistry;
  let workspace: Workspace;
  const run = (...args: string[]) => workspace.succeed('g', 'nx-linuxkit:import', ...args);
  const changed = () => workspace.git('status', '--porcelain').split('\n').filter(Boolean);
  const options = () => JSON.parse(workspace.read('nx.json')).plugins.at(-1).options;
  const inTar = (tar: string, path: string) =>
    execFileSync('tar', ['--warning=no-unknown-keyword', '-xOf', workspace.path(tar), path]).toString();
  /** What the generator said, without what Nx says around it. */
  const said = ({ output }: NxRun) =>
    output.split('\n').filter((line) => !/^(CREATE|UPDATE| NX| *$)/.test(line));

  beforeAll(async () => {
    registry = await startMemoryRegistry();
    registry.add('init', '1', await systemImage('init'));
    workspace = await Workspace.create({
      env: IN_PROCESS,
      nxJson: { plugins: [] },
      files: ownRepository(registry.host),
    });
    workspace.write({ 'out/rootfs-kvm.yml': generatedYaml(registry.host) });
    for (const [path, text] of Object.entries(otherRepository(registry.host))) {
      const file = join(workspace.base, 'other', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('a dry run says all that the run does, and changes no file', async () => {
    const dry = await run('.', '--dry-run');
    expect(changed()).toEqual([]);
    const lines = said(await run('.'));
    expect(said(dry)).toEqual(expect.arrayContaining(lines));
    expect(lines).toEqual([
      'examples/node.yml is the system node (examples/node.yml): nx build node',
      'hook.yml is the system hook (hook.yml): nx build hook',
      'acme/agent is made by the package pkg/agent',
      'pkg/tool is a package: refer to it by "@pkg:pkg/tool"',
      'node: packages make linuxkit/kernel:6.6.71, linuxkit/init:8eea38, linuxkit/sysctl:5a374e',
      'node: registries have linuxkit/cadvisor:5fadf8',
      'hook: packages make acme/agent:3f2a1b',
      `hook: registries have ${registry.host}/init:1`,
      'left to do:',
      expect.stringMatching(/^- pkg\/broken\/build\.yml:2:1: unknown key "depend"/),
      '- pin the images of node: nx lock node',
      '- pin the images of hook: nx lock hook',
    ]);
    expect(options()).toEqual({
      include: ['examples/node.yml', 'hook.yml'],
      images: { 'acme/agent': '@pkg:pkg/agent', 'linuxkit/': '@pkg:@nx-linuxkit/images/' },
    });
  });

  it('a second run changes nothing', async () => {
    workspace.commit();
    await run('.');
    expect(changed()).toEqual([]);
  });

  it('what was imported builds, with the package from its Dockerfile', async () => {
    await workspace.succeed('tar', 'hook');
    expect(inTar('dist/hook/tar/hook.tar', 'etc/motd')).toBe('hello from hook\n');
    const agent = 'containers/services/agent/lower/bin/agent';
    expect(inTar('dist/hook/tar/hook.tar', agent)).toBe('the agent\n');
  });

  it('a generated YAML that git ignores is imported by its name', async () => {
    workspace.commit();
    await run('out/rootfs-kvm.yml');
    expect(options().include).toContain('out/rootfs-kvm.yml');
    expect(changed()).toEqual([' M nx.json']);
    await workspace.succeed('tar', 'rootfs-kvm');
    expect(inTar('dist/out/rootfs-kvm/tar/rootfs-kvm.tar', 'etc/hv')).toBe('kvm');
  });

  it('another repository is copied, builds, and is not copied again', async () => {
    workspace.commit();
    const other = join(workspace.base, 'other');
    const lines = said(await run(other)).join('\n');
    expect(lines).toContain(
      `${other}/redis/linuxkit.yml is the system redis (systems/redis/linuxkit.yml): nx build redis`,
    );
    expect(lines).toContain('systems/web/linuxkit.yml reads ../version, which is not beside it: copy it');
    expect(lines).toContain('redis: packages make @pkg:./pkg/tool');
    expect(changed()).toEqual(['?? systems/']);
    await workspace.succeed('tar', 'redis');
    const tool = 'containers/services/tool/lower/bin/tool';
    expect(inTar('dist/systems/redis/tar/redis.tar', tool)).toContain('FROM scratch');
    workspace.commit();
    workspace.edit('systems/web/linuxkit.yml', (text) => text.replace('../version', 'version'));
    workspace.write({ 'systems/web/version': '1\n' });
    const edited = changed();
    const again = said(await run(other)).join('\n');
    expect(again).toContain('systems/web/linuxkit.yml exists with other contents, and stays as it is');
    expect(changed()).toEqual(edited);
  });

  it('a folder without a YAML of LinuxKit is refused, with what to name', async () => {
    const { code, output } = await workspace.nx('g', 'nx-linuxkit:import', 'deploy');
    expect(code).not.toBe(0);
    expect(output).toContain('no LinuxKit YAML at deploy');
    expect(output).toContain('Name a YAML with the keys kernel, init, onboot or services');
  });
});
