import { readFileSync, writeFileSync } from 'node:fs';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { smallYaml } from '../graph/system-yaml.js';
import { inNxCache } from '../workspace/nx-cache.js';
import { nxJson } from '../workspace/workspace.js';
import type { Place, TypedHint } from './typed-hint.js';

const NO_DAEMON = { NX_DAEMON: 'false' };
const FROZEN = { CI: 'true' };

const system = (name: string, image: string) => ({
  [`apps/${name}/linuxkit.yml`]: smallYaml(image),
});

/** Writes a layout with an image that holds the text. */
async function writeLayout({ workspace }: Place, text: string): Promise<void> {
  const image = await randomImage(1, { layers: [{ entries: [{ name: 'text', body: text }] }] });
  workspace.remove('images/layout');
  layoutOf(image, workspace.path('images/layout'));
}

/** Changes nx.json; a system of its own sees no difference. */
function editNxJson({ workspace }: Place, more: Readonly<Record<string, unknown>>): void {
  workspace.write({ 'nx.json': nxJson({ ...workspace.options, nxJson: more }) });
}
const restoreNxJson = (place: Place) => editNxJson(place, {});

/** Each hint that names a command of Nx, in a workspace in which it occurs. tools/hints.spec.ts looks whether one is missing. */
export const TYPED_HINTS: readonly TypedHint[] = [
  {
    source: 'packages/stages/src/build.ts',
    did: 'builds in CI what is not locked',
    arrange: ({ workspace, registry }) => workspace.write(system('unlocked', `${registry.host}/init:1`)),
    types: ['build', 'unlocked'],
    env: FROZEN,
    command: 'nx lock unlocked',
  },
  {
    source: 'packages/nx-linuxkit/src/executors/why/index.ts',
    did: 'asks why before there was a build',
    async arrange({ workspace, registry }) {
      workspace.write(system('unbuilt', `${registry.host}/init:1`));
      await workspace.succeed('lock', 'unbuilt');
    },
    types: ['why', 'unbuilt'],
    command: 'nx build unbuilt',
  },
  {
    source: 'packages/nx-linuxkit/src/executors/options/check-options.ts',
    did: 'mistypes an option',
    arrange: ({ workspace, registry }) => workspace.write(system('options', `${registry.host}/init:1`)),
    types: ['lock', 'options', '--updte'],
    command: 'nx lock options --help',
    prints: /--update/,
    then: ['lock', 'options', '--update'],
  },
  {
    source: 'packages/nx-linuxkit/src/executors/repin.ts',
    did: 'replaces the image of a layout that two systems have',
    async arrange(place) {
      await writeLayout(place, 'one');
      const { workspace } = place;
      workspace.write({ ...system('layout', 'oci:images/layout'), ...system('second', 'oci:images/layout') });
      await workspace.succeed('run-many', '-t', 'lock', '-p', 'layout,second');
      await writeLayout(place, 'two');
      workspace.emptyStore();
    },
    types: ['build', 'layout'],
    command: 'nx run-many -t lock -p layout,second --update',
    then: ['run-many', '-t', 'build', '-p', 'layout,second'],
  },
  {
    source: 'packages/nx-linuxkit/src/executors/build/own-target.ts',
    did: 'builds in CI by a target of his own what is not locked',
    arrange: ({ workspace, registry }) =>
      workspace.write({
        'own/system.yml': smallYaml(`${registry.host}/init:1`),
        'own/project.json': JSON.stringify({
          name: 'own',
          targets: { image: { executor: 'nx-linuxkit:build', options: { file: 'own/system.yml' } } },
        }),
      }),
    types: ['image', 'own'],
    env: FROZEN,
    command: 'CI=false nx run own:image',
  },
  {
    source: 'packages/stages/src/build-package.ts',
    did: 'builds in CI a package whose Dockerfile is not locked',
    arrange: ({ workspace, registry }) =>
      workspace.write({
        'pkg/app/build.yml': 'image: app\n',
        'pkg/app/Dockerfile': `FROM ${registry.host}/init:1\nENV A=1\n`,
      }),
    types: ['build', 'pkg/app'],
    env: FROZEN,
    command: 'nx lock pkg/app',
  },
  {
    source: 'packages/stages/src/reproduce/index.ts',
    did: 'verifies a file that was changed in the cache',
    async arrange({ workspace, registry }) {
      workspace.write(system('changed', `${registry.host}/init:1`));
      await workspace.succeed('build', 'changed');
      await workspace.succeed('build', 'changed');
      for (const file of inNxCache(workspace, 'changed.tar')) {
        const bytes = readFileSync(file);
        bytes[100] ^= 1;
        writeFileSync(file, bytes);
      }
      workspace.remove('dist');
    },
    types: ['build', 'changed', '--verify'],
    env: NO_DAEMON,
    command: 'nx build changed --skip-nx-cache',
    async before({ workspace }) {
      workspace.remove('.linuxkit', 'dist');
      await workspace.succeed('reset');
    },
  },
  {
    source: 'packages/stages/src/reproduce/index.ts',
    did: 'verifies what needs no lock, and has none',
    arrange: ({ workspace, registry }) => workspace.write(system('fixed', `${registry.host}/fixed:1`)),
    types: ['build', 'fixed', '--verify'],
    env: { ...NO_DAEMON, ...FROZEN },
    command: 'nx lock fixed',
  },
  {
    source: 'packages/nx-linuxkit/src/executors/stage/tell-built.ts',
    did: 'has targetDefaults that replace what build depends on',
    async arrange(place) {
      place.workspace.write(system('replaced', `${place.registry.host}/init:1`));
      await place.workspace.succeed('lock', 'replaced');
      editNxJson(place, { targetDefaults: { build: { dependsOn: ['^build'] } } });
    },
    types: ['build', 'replaced'],
    command: 'nx g nx-linuxkit:init',
    cleanUp: restoreNxJson,
  },
  {
    source: 'packages/nx-linuxkit/src/executors/refuse-cache.ts',
    did: 'has targetDefaults that replace the inputs of build, and verifies',
    async arrange(place) {
      place.workspace.write(system('inputs', `${place.registry.host}/init:1`));
      await place.workspace.succeed('lock', 'inputs');
      editNxJson(place, { targetDefaults: { build: { inputs: ['default'], cache: true } } });
    },
    types: ['build', 'inputs', '--verify'],
    env: NO_DAEMON,
    command: 'nx g nx-linuxkit:init',
    cleanUp: restoreNxJson,
  },
  {
    source: 'packages/nx-linuxkit/src/executors/refuse-cache.ts',
    did: 'sets verify in a configuration',
    async arrange({ workspace, registry }) {
      workspace.write({
        ...system('configured', `${registry.host}/init:1`),
        'apps/configured/project.json': JSON.stringify({
          name: 'configured',
          targets: { build: { options: { verify: true } } },
        }),
      });
      await workspace.succeed('lock', 'configured');
    },
    types: ['build', 'configured'],
    command: 'NX_DAEMON=false nx build configured --verify',
    prints: /the same again/,
    then: ['build', 'configured', '--verify'],
  },
  {
    source: 'packages/nx-linuxkit/src/executors/sign/format-files.ts',
    did: 'signs a format that is not made',
    async arrange({ workspace, registry }) {
      workspace.write(system('signed', `${registry.host}/init:1`));
      await workspace.succeed('lock', 'signed');
    },
    types: ['sign', 'signed@sign', '--formats=docker'],
    command: 'nx docker-context signed',
  },
  {
    source: 'packages/stages/src/image/relock.ts',
    did: 'locks a package that npm installed',
    arrange: ({ workspace }) => workspace.write(system('installed', '"@pkg:@nx-linuxkit/images/sysctl"')),
    types: ['lock', 'base@sysctl'],
    command: 'mkdir -p images && cp -R node_modules/@nx-linuxkit/images/sysctl images/sysctl',
    then: ['show', 'project', 'installed'],
  },
  {
    source: 'packages/stages/src/image/relock.ts',
    did: 'builds a copy of such a package without its lock',
    arrange({ workspace }) {
      workspace.write(system('copied', '"@pkg:images/sysctl"'));
      workspace.remove('images/sysctl/build.lock.json');
    },
    types: ['build', 'copied'],
    command: 'nx lock pkg@images-sysctl',
  },
  {
    source: 'packages/stages/src/verify/check-all.ts',
    did: 'has no evidence of a signature that is demanded',
    async arrange({ workspace, registry }) {
      workspace.write(system('trusted', `${registry.host}/trusted:1`));
      await workspace.succeed('lock', 'trusted');
      workspace.remove('apps/trusted/linuxkit.signatures.json');
    },
    types: ['build', 'trusted'],
    command: 'nx lock trusted',
  },
  {
    source: 'packages/stages/src/verify/check-all.ts',
    did: 'has damaged the evidence',
    arrange: ({ workspace }) => workspace.write({ 'apps/trusted/linuxkit.signatures.json': '{' }),
    types: ['build', 'trusted'],
    command: 'nx lock trusted',
    before: ({ workspace }) => workspace.remove('apps/trusted/linuxkit.signatures.json'),
  },
];
