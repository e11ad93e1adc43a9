// Memory must not grow with a layer: an OS of one image whose layer is 1 GiB.
import { inflate } from './floors.mjs';
import { Workspace } from './workspace.mjs';

const SIZE = 1 << 30;

export async function measureLarge(base, workload) {
  const { reference, layer } = await workload.pushLarge(SIZE);
  const yaml = `init:\n  - ${reference}\noutputs:\n  - format: kernel+initrd\n  - format: tar\n`;
  const kernel = `kernel:\n  image: ${workload.references.get('kernel')}\n  cmdline: "console=ttyS0"\n`;
  const workspace = new Workspace(base, 'large', {
    plugin: workload.plugin,
    files: { 'apps/large/linuxkit.yml': kernel + yaml },
  });
  await workspace.nx(['lock', 'large']);
  workspace.clear();
  const { wall, cpu, rss, written } = await workspace.nx(['build', 'large', '--output-style=static']);
  return { size: SIZE, wall, cpu, rss, written, U: (await inflate([layer])).wall };
}
