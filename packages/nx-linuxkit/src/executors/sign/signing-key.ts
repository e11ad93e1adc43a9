import type { SigningKey } from '@nx-linuxkit/stages/sign';
import type { SigningOptions } from '../../options.js';

/** The key that the options name, as the pipeline takes it. */
export function signingKey(options: SigningOptions = {}): SigningKey {
  const { key: file, keyVariable: variable, passwordFile, passwordVariable } = options;
  return { file, variable, passwordFile, passwordVariable };
}
