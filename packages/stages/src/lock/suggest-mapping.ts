import { OciError } from '@nx-linuxkit/oci';
import { packagePrefix } from '../plan/reference-map.js';
import { referenceName } from '../plan/reference-name.js';
import type { Settings } from '../plan/settings.js';

/**
 * Says in an error about a reference that the option `images` would take from packages, but for which there is none, that
 * this is why a registry was asked. `targets` is what stands for the reference.
 */
export function suggestMapping(
  error: unknown,
  reference: string,
  targets: readonly string[],
  images: Settings['images'],
): unknown {
  const mapped = packagePrefix(reference, images);
  if (!mapped || !(error instanceof OciError) || targets.join() !== reference) return error;
  const name = referenceName(reference);
  const rest = name.slice(mapped.prefix.length);
  const why = `The plugin option images takes ${mapped.prefix} from ${mapped.packages.join(' and ')}, where there is no ${rest}; name another image there for "${name}".`;
  return new OciError(error.code, error.message, {
    where: error.where,
    hint: error.hint === undefined ? why : `${error.hint} ${why}`,
    cause: error.cause,
  });
}
