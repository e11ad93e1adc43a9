import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { fileNameOf, knownFormat, readPlan, wholeIdentity } from '@nx-linuxkit/stages/plan';
import { ensureMade } from '../boot/ensure-made.js';
import { openWorkspace, pluginOptions } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { OptionError } from '../options/error.js';
import { reported } from '../report.js';
import { signingKey } from '../sign/signing-key.js';
import type { PushOsOptions } from './options.js';

/** The form of a cloud's name, which a reference of a registry has only without a registry. */
const CLOUD = /^[a-z]+$/;

/** Pushes the formats of a system to a registry, as one artifact, or one of them to a cloud. */
export default async function pushOsExecutor(
  given: PushOsOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const options = checkOptions<PushOsOptions>('push-os', given, context);
    const { os: short, to, format, sign } = options;
    if (to === undefined) throw withoutPlace(context);
    const os = wholeIdentity(short);
    if (CLOUD.test(to)) {
      const { pushToCloud } = await import('./cloud.js');
      await pushToCloud(os, to, options, context);
      return;
    }
    const settings = pluginOptions(context.nxJsonConfiguration);
    const formats = format ?? readPlan(context.root, os, settings).outputs;
    formats.forEach(knownFormat);
    for (const name of formats) await ensureMade(os, name, context);
    const { pushSystem } = await import('@nx-linuxkit/stages');
    const system = {
      name: fileNameOf(os.name),
      platform: os.platform,
      formats: formats.map((name) => ({
        format: name,
        prefix: join(context.root, os.dist, name, fileNameOf(os.name)),
      })),
      to,
      ...(sign && { sign: { key: signingKey(settings.sign) } }),
    };
    await pushSystem(await openWorkspace(context), system, console.log);
  });
}

function withoutPlace({ projectName, targetName }: ExecutorContext): OptionError {
  return new OptionError('missing-option', 'nx-linuxkit:push-os lacks the option to', {
    hint: `Run \`nx ${targetName} ${projectName} --to=registry.example/systems/my-os:1.0\`, or add it to the options of the target in project.json.`,
  });
}
