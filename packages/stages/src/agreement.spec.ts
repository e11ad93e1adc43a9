import fc from 'fast-check';
import { compareTrees, filterTree } from '@nx-linuxkit/tree';
import { tarOf, type TestEntry } from '@nx-linuxkit/testing';
import { TestWorkspace } from './__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = new TestWorkspace();
});
afterEach(() => workspace.remove());

/** Few names, so that images often have entries of the same path: files, directories and links. */
const path = fc
  .array(fc.constantFrom('a', 'b', 'lib', 'usr'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

const entry = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      name: path,
      body: fc.string({ maxLength: 9 }),
      mode: fc.constantFrom(0o644, 0o4755),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      name: path,
      type: fc.constant('directory' as const),
      mode: fc.constantFrom(0o700, 0o1777),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      name: path,
      type: fc.constant('symlink' as const),
      linkname: fc.constantFrom('usr', '/usr/lib', 'a', '../b'),
    }),
  },
  { weight: 1, arbitrary: path.map((at) => ({ name: at.replace(/([^/]*)$/, '.wh.$1'), body: '' })) },
  { weight: 1, arbitrary: fc.record({ name: path, type: fc.constant('fifo' as const) }) },
);

/** A layer without entries below its own files and links; some entries are hard links to its files. */
const layer = fc.array(fc.tuple(entry, fc.nat({ max: 4 })), { minLength: 1, maxLength: 9 }).map((list) => {
  const kept: TestEntry[] = [];
  const others = (name: string) =>
    kept.some((one) => one.type !== 'directory' && (name === one.name || name.startsWith(`${one.name}/`)));
  const above = (name: string) => kept.some((one) => one.name.startsWith(`${name}/`));
  for (const [one, link] of list) {
    if (others(one.name) || kept.some(({ name }) => name === one.name)) continue;
    if ((one as TestEntry).type !== 'directory' && above(one.name)) continue;
    const target = kept.find((other) => other.type === undefined && !other.name.includes('.wh.'));
    const isLink =
      link === 0 && target && (one as TestEntry).type === undefined && !one.name.includes('.wh.');
    kept.push(isLink ? { name: one.name, type: 'link', linkname: target.name } : one);
  }
  return kept;
});

const image = fc.array(layer, { minLength: 1, maxLength: 3 });

const system = fc.record({
  modules: layer.map((entries) => entries.filter(({ name }) => !name.includes('.wh.'))),
  /** A layer that all init images share, as images on one base do. */
  base: fc.option(layer),
  init: fc.array(image, { minLength: 1, maxLength: 3 }),
  services: fc.array(image, { maxLength: 2 }),
  readonly: fc.boolean(),
  files: fc.array(path, { maxLength: 2 }),
});

type System = typeof system extends fc.Arbitrary<infer T> ? T : never;

function yamlOf({ init, services, readonly, files }: System, contents: string): string {
  return JSON.stringify({
    kernel: { image: 'test/kernel', cmdline: 'console=ttyS0' },
    init: init.map((_, i) => `test/init${i}`),
    services: services.map((_, i) => ({ name: `s${i}`, image: `test/service${i}`, readonly })),
    files: files.map((name) => ({ path: name, contents: name + contents })),
  });
}

/** Error codes with which a random system may be refused; any other error is a bug. */
const REFUSED = ['symlink-loop', 'not-a-directory', 'missing-link', 'link-target'];

it('the kernel unpacks the initrd to the tree of the tar, for random images', async () => {
  let built = 0;
  const deadline = performance.now() + 20_000;
  await fc.assert(
    fc.asyncProperty(system, async (parts) => {
      // A slow machine tries fewer systems.
      if (performance.now() > deadline) return;
      workspace.remove();
      workspace = new TestWorkspace();
      const kernel = { name: 'kernel.tar', body: await tarOf(parts.modules) };
      await workspace.image('kernel', [[{ name: 'kernel', body: 'kernel' }, kernel]]);
      for (const [i, layers] of parts.init.entries()) {
        await workspace.image(`init${i}`, parts.base ? [parts.base, ...layers] : layers);
      }
      for (const [i, layers] of parts.services.entries()) await workspace.image(`service${i}`, layers);
      // The second build recalls the arrangement of the first, where it was kept.
      for (const contents of ['', ' changed']) {
        try {
          await workspace.build('os', yamlOf(parts, contents), ['tar', 'kernel+initrd']);
        } catch (error) {
          if (REFUSED.includes((error as { code: string }).code)) return;
          throw error;
        }
        built += 1;
        // Only the final tree counts: an archive may lose an entry that a later archive removes.
        const { tree } = await workspace.initrd('os');
        const wanted = filterTree(await workspace.tar('os'), (one) => !one.path.startsWith('boot/'));
        expect(await compareTrees(wanted, tree, { mtimes: 'not-dirs', xattrs: false })).toEqual([]);
      }
    }),
    // Failures are not shrunk, because that would take minutes.
    { numRuns: 6, endOnFailure: true },
  );
  expect(built).toBeGreaterThan(0);
}, 60_000);
