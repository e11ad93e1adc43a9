import type { ExecutorContext } from '@nx/devkit';
import type { OsIdentity } from '@nx-linuxkit/stages/plan';

/** Makes the format that is to boot, unless the graph has a task for it, which has run before this one. */
export async function ensureMade(os: OsIdentity, format: string, context: ExecutorContext): Promise<void> {
  if (context.taskGraph?.tasks[`${os.name}:${format}`]) return;
  const { buildWhole } = await import('../build/whole.js');
  await buildWhole({ os, formats: [format] }, context);
}
