import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { rmSync } from 'node:fs';
import { systemImage } from './graph/images.js';
import { sampleOf } from './sample.js';
import { CASES, relink, textOf, writeCase } from './stale/unseen-files.js';
import type { NxVersion } from './workspace/template.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const MATRIX: readonly [NxVersion, boolean][] = [
  ['current', true],
  ['current', false],
  ['oldest', true],
  ['oldest', false],
];

const IGNORED = 'node_modules\n.nx\n.linuxkit\ndist\n*.o\n*.local.yml\n';

describe.each(sampleOf(MATRIX, ([nx, daemon]) => nx === 'current' && daemon))(
  'files that Nx may not see, Nx %s, daemon %s',
  (nx, daemon) => {
    let registry: TestRegistry;
    let workspace: Workspace;
    const build = () => workspace.succeed('run-many', '-t', 'build');
    const tar = (name: string) => workspace.bytes(`dist/apps/${name}/tar/${name}.tar`).toString('latin1');

    beforeAll(async () => {
      registry = await startRegistry();
      await pushTo(registry, await systemImage('init'), 'init:1');
      const image = `${registry.host}/init:1`;
      workspace = await Workspace.create({ nx, daemon, env: daemon ? {} : IN_PROCESS });
      workspace.write({ 'shared/other/text': '<other, 1>' });
      workspace.write({ '.gitignore': IGNORED, 'apps/seen-again/.gitignore': '!keep.o\n' });
      for (const one of CASES) writeCase(workspace, one, image);
      workspace.write({
        'apps/base/mine.local.yml': 'files:\n  - {path: etc/base, contents: "<base, 1>"}\n',
        'apps/base/linuxkit.yml': JSON.stringify({
          extends: ['mine.local.yml'],
          init: [image],
          outputs: [{ format: 'tar' }],
        }),
      });
      await workspace.succeed('run-many', '-t', 'lock');
      workspace.commit();
      await build();
    });
    afterAll(async () => {
      await workspace?.stop();
      await registry?.stop();
    });

    it('what Nx cannot watch is not cached, and says so', async () => {
      const { output, executed } = await build();
      const reasons = CASES.map((one) => {
        const link = daemon && Object.keys(one.links ?? {})[0];
        const overlooked = link ? `Nx's daemon does not see where the symlink ${link} leads` : undefined;
        return one.unwatched ?? (nx === 'oldest' ? one.unwatched23 : undefined) ?? overlooked;
      });
      const said = output.split('\n').flatMap((line) => /^ *not cached: (.*)$/.exec(line)?.[1] ?? []);
      expect([...new Set(said)].sort()).toEqual(
        [...reasons, 'apps/base/mine.local.yml is git-ignored']
          .filter((reason) => reason !== undefined)
          .sort(),
      );
      const names = new Set(executed.map((task) => task.replace(/^pkg@packages-/, '').split(/[@:]/)[0]));
      const uncached = CASES.filter((_, i) => reasons[i] !== undefined).map(({ name }) => name);
      expect([...names].sort()).toEqual(uncached.sort());
    });

    it('an edit is in the image', async () => {
      for (const one of CASES) workspace.write({ [one.file]: textOf(one, 2) });
      workspace.edit('apps/base/mine.local.yml', (text) => text.replace('1', '2'));
      await build();
      const stale = CASES.filter((one) => !tar(one.name).includes(textOf(one, 2)));
      expect(stale.map(({ name }) => name)).toEqual([]);
      expect(tar('base')).toContain('<base, 2>');
    });

    it('a symlink that leads to another file is followed there, though nothing else has changed', async () => {
      const followed = CASES.filter(({ file, links }) => links !== undefined && file.endsWith('text'));
      for (const { links = {} } of followed) {
        const [link, target] = Object.entries(links).at(-1) as [string, string];
        const up = '../'.repeat(link.split('/').length - 1);
        const isFile = target.endsWith('text');
        relink(workspace, link, `${up}shared/other${isFile ? '/text' : ''}`);
      }
      await build();
      expect(
        followed.filter(({ name }) => !tar(name).includes('<other, 1>')).map(({ name }) => name),
      ).toEqual([]);
      workspace.write({ 'shared/other/text': '<other, 2>' });
      await build();
      expect(
        followed.filter(({ name }) => !tar(name).includes('<other, 2>')).map(({ name }) => name),
      ).toEqual([]);
    });

    it('a hit restores the outputs', async () => {
      rmSync(workspace.path('dist'), { recursive: true });
      await build();
      expect(CASES.filter(({ name }) => !workspace.exists(`dist/apps/${name}/tar/${name}.tar`))).toEqual([]);
    });
  },
);
