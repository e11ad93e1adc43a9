import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { StageError } from '../error.js';

/** A feed and a VEX document as options name them. */
export interface GivenFeed {
  /** A path relative to `cwd`; absent where nothing is named. */
  readonly with?: string;
  /** A path relative to `cwd`; default: `my-os.vex.json` beside the YAML. */
  readonly vex?: string;
  /** Absolute path. */
  readonly cwd: string;
}

/** The feed that an option names. Throws StageError `bad-option` where it names none, and `missing-file`. */
export function givenFeed({ with: named, cwd }: GivenFeed): {
  readonly feed: string;
  readonly named: string;
} {
  const hint =
    'Download an export of OSV or the JSON of Debian’s security tracker, and name its file with `--with`.';
  if (named === undefined || named === '') {
    const expected = 'expected the option `with` to name the file of a feed';
    throw new StageError('bad-option', `${expected}, got nothing`, { hint });
  }
  const feed = resolve(cwd, named);
  if (existsSync(feed)) return { feed, named };
  throw new StageError('missing-file', `there is no feed ${named}`, { hint });
}
