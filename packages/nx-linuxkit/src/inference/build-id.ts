import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let id: string | undefined;

/**
 * A hash of the compiled code, which joins every stage's version; '' in a published plugin. In the plugin's own
 * repository the code changes without a new stage version, so the build writes the hash there, into a file that is
 * not published.
 */
export function buildId(): string {
  id ??= readBuildId();
  return id;
}

function readBuildId(): string {
  try {
    return `,${readFileSync(join(__dirname, '..', 'build-id'), 'utf8').trim()}`;
  } catch {
    return '';
  }
}
