import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

describe('an image whose label asks for control over the machine', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  let line: string;
  const setOptions = (options: Record<string, unknown>) =>
    workspace.edit('nx.json', (text) => {
      const nx = JSON.parse(text) as { plugins: { plugin: string; options?: unknown }[] };
      const plugins = nx.plugins.map((entry) => ({
        plugin: typeof entry === 'string' ? entry : entry.plugin,
        options,
      }));
      return JSON.stringify({ ...nx, plugins });
    });

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry, ['init']);
    const label = JSON.stringify({ capabilities: ['all'], binds: ['/:/host'] });
    const config = { Cmd: ['/a'], Labels: { 'org.mobyproject.config': label } };
    await pushTo(registry, await randomImage(2, { config }), 'agent:1');
    const agent = `${registry.host}/agent:1`;
    line = `my-os: the label of ${agent} (services[0]) asks for all capabilities, a bind of / to /host`;
    const yaml = smallYaml(`${registry.host}/init:1`, { services: [{ name: 'agent', image: agent }] });
    workspace = await Workspace.create({ env: IN_PROCESS, files: { 'my-os/linuxkit.yml': yaml } });
    await workspace.succeed('lock', 'my-os');
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('is reported in one line by each build, one out of the cache too', async () => {
    for (let i = 0; i < 2; i++) {
      const { output } = await workspace.succeed('build', 'my-os');
      expect(output.split('\n').filter((text) => text.includes(line))).toHaveLength(1);
    }
  });

  it('stops the build with `deny`, though the cache has what an earlier build allowed', async () => {
    setOptions({ imagePrivileges: 'deny' });
    const run = await workspace.nx('build', 'my-os');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('my-os/linuxkit.yml: the label of');
    expect(run.output).not.toMatch(/^\s+at /m);
  });

  it('passes if privilegedImages names it, and is not reported then', async () => {
    setOptions({ imagePrivileges: 'deny', privilegedImages: [`${registry.host}/agent`] });
    expect((await workspace.succeed('build', 'my-os')).output).not.toContain('the label of');
  });
});
