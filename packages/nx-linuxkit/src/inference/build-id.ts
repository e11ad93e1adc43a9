import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let id: string | undefined;

/**
 * In the plugin's own repository the code changes without a new stage version: there the build writes a hash
 * of the compiled code, which is not published, and which joins every stage's version.
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
