import {
  pushTo,
  randomImage,
  tarOf,
  type LayerSpec,
  type TestEntry,
  type TestRegistry,
} from '@nx-linuxkit/testing';

/** Images of the systems under test. They have a few files each, so that a build takes little more than Nx itself. */
export const WORDS = ['kernel', 'init', 'runc', 'sysctl', 'web', 'clock'] as const;
export type Word = (typeof WORDS)[number];

const text = (name: string, body: string): TestEntry => ({ name, body });

/** The modules are a real tarball, because the build reads its members. */
async function kernelLayer(revision: number): Promise<LayerSpec> {
  const modules = await tarOf([
    { name: 'lib/modules/6.1.0/', type: 'directory' },
    text('lib/modules/6.1.0/modules.dep', `revision ${revision}\n`),
  ]);
  return {
    entries: [text('kernel', `kernel ${revision}`), { name: 'kernel.tar', body: modules }],
  };
}

async function layersOf(word: Word, revision: number): Promise<LayerSpec[]> {
  if (word === 'kernel') return [await kernelLayer(revision)];
  const base = { entries: [text('bin/sh', 'shell'), text(`usr/lib/${word}.so`, `library of ${word}`)] };
  const middle = { entries: [text(`usr/share/${word}/data`, `data of ${word}\n`.repeat(200))] };
  return [base, middle, { entries: [text(`bin/${word}`, `${word} ${revision}`)] }];
}

/** Returns an image. Its revisions differ in the top layer only. */
export async function systemImage(word: Word, revision = 1, architecture = 'amd64') {
  return randomImage(1, {
    layers: await layersOf(word, revision),
    platform: { os: 'linux', architecture },
    config: { Cmd: [`/bin/${word}`], Env: ['PATH=/bin'] },
  });
}

export async function pushSystem(
  registry: Pick<TestRegistry, 'host'>,
  words: readonly Word[] = WORDS,
): Promise<void> {
  for (const word of words) await pushTo(registry, await systemImage(word), `${word}:1`);
}
