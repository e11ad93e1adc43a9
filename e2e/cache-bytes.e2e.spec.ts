import { formats, supportsPlatform } from '@nx-linuxkit/formats';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { cachedNx, traffic } from './cache/cached-nx.js';
import { exampleWorkspace } from './examples/example-workspace.js';
import { WHOLE } from './sample.js';
import type { Workspace } from './workspace/workspace.js';

const YAML = 'examples/my-os/linuxkit.yml';
const ISO = 'dist/examples/my-os/iso-efi/my-os-efi.iso';

/** What one more format may send, in bytes. */
const FORMAT_LIMIT = 1e6;
/** Formats that compress everything anew, or hold the files one by one, send about their own size once. */
const LIMITS: Readonly<Record<string, number>> = {
  tar: 70e6,
  docker: 70e6,
  'kernel+squashfs': 48e6,
  'kernel+erofs': 70e6,
  'kernel+iso': 70e6,
  vmdk: 65e6,
  ova: 65e6,
  gcp: 65e6,
};
/** Every format of this architecture that a cold build does not have. */
const FORMATS = formats
  .filter((format) => supportsPlatform(format, 'linux/amd64'))
  .map(({ name }): [string, number] => [name, LIMITS[name] ?? FORMAT_LIMIT])
  .filter(([name]) => !['kernel+initrd', 'iso-bios', 'iso-efi'].includes(name));

/** What travels for my-os with three formats, over a real registry. */
describe('my-os', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  let to: string;
  let iso: Buffer;
  beforeAll(async () => {
    registry = await startRegistry();
    to = `oci://${registry.host}/acme/nx-cache`;
    workspace = await exampleWorkspace(['my-os']);
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  const build = (...args: string[]) => buildWith(['--to', to], ...args);
  const buildWith = async (flags: readonly string[], ...args: string[]) => {
    const run = await cachedNx(workspace, flags, args);
    expect({ code: run.code, output: run.output }).toEqual({ code: 0, output: run.output });
    expect(run.stored).toBe(run.sent);
    process.stderr.write(`my-os, ${args.join(' ')}: ${run.line}\n`);
    return { ...run, ...traffic(run) };
  };

  /** Leaves what another machine has: the repository. The store is the one of all tests, and nothing here needs it. */
  const forget = () => {
    workspace.emptyNxCache();
    workspace.remove('.linuxkit', 'dist');
  };

  it('a cold build sends each of its bytes once', async () => {
    const { up, restored } = await build('build', 'my-os');
    expect(restored).toBe(0);
    expect(up).toBeLessThan(72e6);
    iso = workspace.bytes(ISO);
  });

  it('one changed env sends less than 200 kB', async () => {
    workspace.edit(YAML, (text) => text.replace('    net: host\n', '    net: host\n    env: [A=1]\n'));
    expect((await build('build', 'my-os')).up).toBeLessThan(200e3);
  });

  it('a machine that has nothing and wants one ISO restores it, and fetches no byte twice', async () => {
    workspace.git('checkout', '-q', '.');
    forget();
    const { down, restored, asked } = await build('iso-efi', 'my-os');
    expect(restored).toBe(asked);
    expect(workspace.bytes(ISO).equals(iso)).toBe(true);
    expect(down).toBeLessThan(72e6);
  });

  if (!WHOLE) return;

  it('a machine that has nothing restores everything, and runs nothing', async () => {
    forget();
    const { down, restored, asked } = await build('build', 'my-os');
    expect(restored).toBe(asked);
    expect(workspace.bytes(ISO).equals(iso)).toBe(true);
    expect(down).toBeLessThan(72e6);
  });

  // Each format has a place of its own beside that of the cold build, so that no format finds what another one has sent.
  it.each(FORMATS)('%s sends at most %d bytes more than a cold build', async (format, most) => {
    workspace.git('checkout', '-q', '.');
    workspace.edit(YAML, (text) => `${text}  - format: ${format}\n`);
    const place = `${to}-${format.replace('+', '-')}`;
    expect((await buildWith(['--to', place, '--from', to], format, 'my-os')).up).toBeLessThan(most);
  });

  it('one changed env sends less than 200 kB for a squashfs', async () => {
    const outputs = (text: string) =>
      text.replace(/\noutputs:[^]*$/, `\noutputs:\n  - format: kernel+squashfs\n`);
    workspace.edit(YAML, outputs);
    await build('build', 'my-os');
    workspace.edit(YAML, (text) => text.replace('    net: host\n', '    net: host\n    env: [A=12345]\n'));
    expect((await build('build', 'my-os')).up).toBeLessThan(200e3);
  });
});
