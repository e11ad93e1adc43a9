import type { ExecutorContext } from '@nx/devkit';
import type { ShortIdentity } from '@nx-linuxkit/stages/plan';
import type { SigningOptions } from '../../options.js';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { signingKey } from './signing-key.js';

export interface SignOptions extends SigningOptions {
  /** References of images in registries. */
  readonly images?: string | readonly string[];
  /** Files, relative to the workspace. */
  readonly files?: string | readonly string[];
  /** How images are signed. Default: `tag`. */
  readonly form?: 'tag' | 'bundle';
  /** Set by inference: the system whose formats are signed. */
  readonly os?: ShortIdentity;
  /** Default: those that the YAML declares. */
  readonly formats?: readonly string[];
}

/** Signs images, files and the formats of a system. Options hold names of keys and passwords, never their text. */
export default async function signExecutor(
  given: SignOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const checked = checkOptions<SignOptions>('sign', given, context);
    const { images = [], files = [], os, formats, form, ...from } = checked;
    const { StageError } = await import('@nx-linuxkit/stages/plan');
    const { sign } = await import('@nx-linuxkit/stages/sign');
    const { formatFiles } = await import('./format-files.js');
    const environment = await openWorkspace(context);
    const made = os ? formatFiles(context.root, os, environment.settings, formats) : [];
    const request = { images: [images].flat(), files: [...[files].flat(), ...made] };
    if (request.images.length + request.files.length === 0) {
      throw new StageError('missing-file', 'expected the option `images` or `files`, got neither');
    }
    await sign(environment, { ...request, form, key: signingKey(from) }, console.log);
  });
}
