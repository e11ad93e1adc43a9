import { parseRegistryReference } from '@nx-linuxkit/oci';
import { openRepository } from '@nx-linuxkit/oci/registry';
import { generateKeyPair, readPrivateKey, signImage } from '@nx-linuxkit/signatures';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import type { Place } from './hints/typed-hint.js';
import { TYPED_HINTS } from './hints/typed-hints.js';
import { sampleOf } from './sample.js';
import { runProcess } from './workspace/nx-run.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** A shell gets what a hint says to type, as it stands there. */

let registry: TestRegistry;
let workspace: Workspace;
const place = (): Place => ({ workspace, registry });

beforeAll(async () => {
  registry = await startRegistry();
  await pushTo(registry, await systemImage('init'), 'init:1');
  await pushTo(registry, await randomImage(1, { layers: 1 }), 'fixed:1');
  const { publicKey, privateKey } = await generateKeyPair();
  await pushSigned('trusted', privateKey);
  workspace = await Workspace.create({
    env: { ...IN_PROCESS, CI: '' },
    plugin: {
      immutable: [`${registry.host}/fixed`],
      sign: { key: 'cosign.key' },
      signatures: { default: 'off', images: { [`${registry.host}/trusted`]: { key: 'cosign.pub' } } },
    },
    files: { 'cosign.pub': publicKey, 'cosign.key': privateKey },
  });
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

async function pushSigned(name: string, privateKey: string): Promise<void> {
  const digest = await pushTo(registry, await randomImage(2, { layers: 1 }), `${name}:1`);
  const repository = openRepository(parseRegistryReference(`${registry.host}/${name}:1`));
  await signImage(repository, digest, await readPrivateKey(privateKey, 'cosign.key'));
  repository.close();
}

/** Types a line into a shell that finds the workspace's nx, as one does whose PATH has `node_modules/.bin`. */
function type(line: string) {
  const env = { ...workspace.env, PATH: `${workspace.path('node_modules/.bin')}:${workspace.env.PATH}` };
  return runProcess('/bin/sh', ['-c', line], { cwd: workspace.dir, env });
}

const SAMPLE = ['replaces the image of a layout that two systems have', 'sets verify in a configuration'];

it.each(sampleOf(TYPED_HINTS, ({ did }) => SAMPLE.includes(did)))(
  'a person who $did types `$command`, and it helps',
  async (hint) => {
    await hint.arrange?.(place());
    try {
      const failed = await workspace.nxWith({ env: hint.env }, ...hint.types);
      expect(failed.code).not.toBe(0);
      expect(failed.output).toMatch(/^ *hint: /m);
      expect(failed.output).toMatch(
        new RegExp(`[\`"]${hint.command.replace(/[.*+?^$()|[\]\\]/g, '\\$&')}[\`"]`),
      );
      await hint.before?.(place());
      const typed = await type(hint.command);
      expect({ code: typed.code, output: typed.output }).toMatchObject({ code: 0 });
      expect(typed.output).toMatch(hint.prints ?? /(?:)/);
      const then = await workspace.nxWith({ env: hint.env }, ...(hint.then ?? hint.types));
      expect({ code: then.code, output: then.output }).toMatchObject({ code: 0 });
    } finally {
      hint.cleanUp?.(place());
    }
  },
);
