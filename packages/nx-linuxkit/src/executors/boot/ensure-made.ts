import type { ExecutorContext } from '@nx/devkit';
import { formatTargetName, type OsIdentity } from '@nx-linuxkit/stages/plan';
import { pluginOptions } from '../open-workspace.js';

/** Makes the format that is to boot, unless the graph has a task for it, which has run before this one. */
export async function ensureMade(os: OsIdentity, format: string, context: ExecutorContext): Promise<void> {
  const target = formatTargetName(format, pluginOptions(context.nxJsonConfiguration));
  if (context.taskGraph?.tasks[`${os.name}:${target}`]) return;
  const { buildWhole } = await import('../build/whole.js');
  await buildWhole({ os, formats: [format] }, context);
}
