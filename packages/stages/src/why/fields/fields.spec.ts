import { TestWorkspace } from '../../__tests__/test-workspace.js';
import { lock } from '../../lock/index.js';
import {
  identify,
  parseOsFile,
  readPlan,
  type OsFile,
  type OsPlan,
  type Settings,
} from '../../plan/index.js';
import { planFormat } from '../../plan/format-plan.js';
import { LOADERS, addBootImages } from '../../format/__tests__/boot-images.js';
import { fieldsOf } from './index.js';
import { keyOf } from '../../plan/key.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await addBootImages(workspace);
  for (const name of ['web', 'other']) await workspace.image(name, [[{ name: `bin/${name}`, body: name }]]);
});
afterAll(() => workspace.remove());

type System = Record<string, unknown>;

/** A system in which every key of the YAML that is read has a value. */
const SYSTEM: System = {
  kernel: { image: 'test/kernel', cmdline: 'quiet', binary: 'kernel', tar: 'kernel.tar' },
  init: ['test/init'],
  volumes: [{ name: 'data', image: 'test/other' }, { name: 'empty' }],
  onboot: [
    { name: 'first', image: 'test/web' },
    { name: 'second', image: 'test/web' },
  ],
  services: [
    { name: 'web', image: 'test/web', env: ['A=1'], binds: ['data:/data'] },
    { name: 'two', image: 'test/other' },
  ],
  files: [
    { path: 'etc/a', contents: 'a', mode: '0644' },
    { path: 'etc/b', source: 'b' },
  ],
  trust: { org: ['nothing'] },
  outputs: [{ format: 'iso-efi' }, { format: 'raw-efi', size: '64M' }],
};
const SETTINGS: Settings = { loaders: LOADERS };

async function planOf(system: System, settings: Settings = SETTINGS): Promise<OsPlan> {
  workspace.write('os/linuxkit.yml', JSON.stringify(system));
  workspace.write('os/b', 'b');
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os', {});
  const environment = workspace.environment(settings);
  await lock(environment, { file: os.file, variant: undefined }, () => undefined);
  return readPlan(workspace.root, os, environment.settings).plan(os);
}

/** The keys of the tasks of a system, by the names that fields give to tasks. */
function keysOf(plan: OsPlan): Map<string, string> {
  const formats = ['iso-efi', 'raw-efi', 'tar'];
  return new Map([
    ...Object.entries(plan.keys).filter(([stage]) => stage !== 'format'),
    ...formats.map((name): [string, string] => [`format ${name}`, planFormat(plan, name).key]),
    ...plan.segments.map(({ id, plan: segment, image }): [string, string] => [
      `segment ${id}`,
      keyOf([segment, image.id, image.source]),
    ]),
  ]);
}

/** The tasks that read a field which is not the same in both. */
function readersOfChanged(before: OsPlan, after: OsPlan): { fields: string[]; readers: Set<string> } {
  const [old, now] = [before, after].map(
    (plan) => new Map(fieldsOf(plan).map((field) => [`${field.place}: ${field.name}`, field])),
  );
  const names = [...new Set([...old.keys(), ...now.keys()])];
  const fields = names.filter(
    (name) => keyOf(old.get(name)?.value ?? null) !== keyOf(now.get(name)?.value ?? null),
  );
  const readers = fields.flatMap((name) => (now.get(name) ?? old.get(name))?.readers ?? []);
  return { fields, readers: new Set(readers) };
}

const isRead = (task: string, readers: ReadonlySet<string>) =>
  readers.has(task) || (task.startsWith('format ') && readers.has('format'));

const container = (change: System) => ({
  services: [{ ...(SYSTEM.services as System[])[0], ...change }, (SYSTEM.services as System[])[1]],
});
const file = (change: System) => ({
  files: [{ ...(SYSTEM.files as System[])[0], ...change }, (SYSTEM.files as System[])[1]],
});
const kernel = (change: System) => ({ kernel: { ...(SYSTEM.kernel as System), ...change } });
const reversed = (key: string) => ({ [key]: [...(SYSTEM[key] as unknown[])].reverse() });
const without = (key: string) => ({ [key]: (SYSTEM[key] as unknown[]).slice(1) });

const CHANGES: [string, System, Settings?][] = [
  ['services/web: env', container({ env: ['A=2'] })],
  ['services/web: capabilities', container({ capabilities: ['all'] })],
  ['services/web: readonly', container({ readonly: true })],
  ['services/web: image', container({ image: 'test/other' })],
  ['services: order', reversed('services')],
  ['onboot: order', reversed('onboot')],
  ['init: order', { init: ['test/init', 'test/other'] }],
  ['kernel: cmdline', kernel({ cmdline: 'loud' })],
  ['kernel: binary', kernel({ binary: 'other' })],
  ['kernel: tar', kernel({ tar: 'none' })],
  ['kernel: ucode', kernel({ ucode: 'ucode' })],
  ['kernel: image', kernel({ image: 'test/web' })],
  ['volumes/data: image', { volumes: [{ name: 'data', image: 'test/web' }, { name: 'empty' }] }],
  [
    'volumes/data: format',
    { volumes: [{ name: 'data', image: 'test/other', format: 'oci' }, { name: 'empty' }] },
  ],
  [
    'volumes/empty: readonly',
    {
      volumes: [
        { name: 'data', image: 'test/other' },
        { name: 'empty', readonly: true },
      ],
    },
  ],
  ['volumes: order', reversed('volumes')],
  ['system: imageStore', { imageStore: 'containerd' }],
  ['files/etc/a: contents', file({ contents: 'b' })],
  ['files/etc/a: mode', file({ mode: '0600' })],
  ['files: order', reversed('files')],
  ['trust: image', { trust: { image: ['test/web'] } }],
  ['outputs/raw-efi: options', { outputs: [{ format: 'iso-efi' }, { format: 'raw-efi', size: '65M' }] }],
  ['option compressor: value', {}, { compressor: 'zstd' }],
  ['option decompressKernel: value', {}, { decompressKernel: true }],
  ['option filesOverrideParents: value', {}, { filesOverrideParents: true }],
  ['option imagePrivileges: value', {}, { imagePrivileges: 'deny' }],
  ['onboot/first: position', without('onboot')],
];

it.each(CHANGES)(
  '%s: the tasks that read what changed are those whose keys changed',
  async (name, change, settings = {}) => {
    const before = await planOf(SYSTEM);
    const after = await planOf({ ...SYSTEM, ...change }, { ...SETTINGS, ...settings });
    const { fields, readers } = readersOfChanged(before, after);
    expect(fields).toContain(name);
    const [old, now] = [keysOf(before), keysOf(after)];
    for (const [task, key] of now)
      expect([task, isRead(task, readers)]).toEqual([task, old.get(task) !== key]);
  },
);

it('a comment, a format that comes later and the order of keys are no inputs', async () => {
  const before = await planOf(SYSTEM);
  const after = await planOf(Object.fromEntries(Object.entries(SYSTEM).reverse()));
  expect(readersOfChanged(before, after).fields).toEqual([]);
});
