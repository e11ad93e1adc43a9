import { join, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { convertSystem } from '@nx-linuxkit/stages/standalone';
import { OptionError } from '../options/error.js';
import { openWorkspace } from '../open-workspace.js';
import { pushedSystem } from '../pushed-system.js';
import type { BuildOptions } from './build-options.js';

/** Options about a YAML, of which nothing is left in a system that was pushed. */
const ABOUT_YAML = ['file', 'sourceBase', 'variant', 'set', 'verify'] as const;

/** Makes formats of the system that the option `system` names. Throws OptionError, StageError and OciError. */
export async function convert(options: BuildOptions, url: string, context: ExecutorContext): Promise<void> {
  if (options.os) throw systemOfInferred(context);
  const needless = ABOUT_YAML.find((name) => options[name] !== undefined && options[name] !== false);
  if (needless !== undefined) throw aboutYaml(needless);
  const { formats = [], dir, platform } = options;
  if (formats.length === 0) throw withoutFormats();
  const system = await pushedSystem(url, context);
  const { reference, name: own } = system;
  const { root, projectName = own } = context;
  const request = {
    reference,
    packagesFrom: __filename,
    name: options.name ?? own,
    ...(platform !== undefined && { platform }),
  };
  const environment = await openWorkspace(context);
  for (const format of formats) {
    const folder = resolve(root, dir ?? join('dist', projectName, format));
    await convertSystem(environment, { ...request, formats: [format], folder }, console.log);
  }
}

function systemOfInferred({ projectName, targetName }: ExecutorContext): OptionError {
  return new OptionError(
    'bad-option',
    `${targetName} of ${projectName} builds the YAML of its project, and takes no system`,
    {
      hint: 'Declare a target of another name in project.json, with the executor nx-linuxkit:build and the option `system`.',
    },
  );
}

function aboutYaml(name: string): OptionError {
  return new OptionError(
    'bad-option',
    `the option ${name} is about a YAML, and \`system\` names a system that was built`,
    {
      hint: `Leave ${name} out.`,
    },
  );
}

function withoutFormats(): OptionError {
  return new OptionError('missing-option', 'nx-linuxkit:build with `system` lacks the option formats', {
    hint: 'Name what is made of the system: "formats": ["raw-efi"].',
  });
}
