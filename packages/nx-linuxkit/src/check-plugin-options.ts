import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import { formatNames } from '@nx-linuxkit/formats';
import { compressors, privilegePolicies } from '@nx-linuxkit/stages/plan';
import { badValues, didYouMean } from './executors/options/check-value.js';
import { OptionError } from './executors/options/error.js';
import type { OptionSchema } from './executors/options/schema.js';
import type { PluginOptions } from './options.js';

const FLAG: OptionSchema = { type: 'boolean' };
const TEXT: OptionSchema = { type: 'string' };
const TEXTS: OptionSchema = { type: 'array', items: TEXT };
const OBJECT: OptionSchema = { type: 'object' };

/** Every plugin option with its form. What lies inside an object is checked where it is used. */
const OPTIONS: { readonly [Name in keyof Required<PluginOptions>]: OptionSchema } = {
  outputs: { type: 'array', items: { enum: formatNames } },
  images: OBJECT,
  mirrors: OBJECT,
  insecure: TEXTS,
  caFile: TEXT,
  minimumRate: { type: 'number', minimum: 0 },
  transferTimeout: { type: 'number', exclusiveMinimum: 0 },
  docker: FLAG,
  compressor: { enum: compressors },
  loaders: OBJECT,
  imagePrivileges: { enum: privilegePolicies },
  privilegedImages: TEXTS,
  frozen: FLAG,
  decompressKernel: FLAG,
  filesOverrideParents: FLAG,
  signatures: OBJECT,
  trustedCache: FLAG,
  store: TEXT,
  debianMirror: TEXT,
  strict: FLAG,
  sign: OBJECT,
};

const NX_JSON = 'nx.json';

/**
 * Refuses a plugin option that does not exist or has another type, because an option that nothing reads would be ignored in
 * silence. Throws `OptionError` with the place in nx.json.
 */
export function checkPluginOptions(options: object, workspaceRoot: string): void {
  const known = Object.keys(OPTIONS);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const where = () => whereOf(name, workspaceRoot);
    if (!known.includes(name)) {
      const meant = didYouMean(name, known);
      throw new OptionError('unknown-option', `the plugin has no option ${name}${meant}`, {
        where: where(),
        hint: meant === '' ? `It has ${known.join(', ')}.` : 'Correct its name in nx.json.',
      });
    }
    const [bad] = badValues(value, OPTIONS[name as keyof PluginOptions], name);
    if (bad !== undefined) throw new OptionError('bad-option', `plugin option ${bad}`, { where: where() });
  }
}

/** The place of an option's first mention in nx.json. */
function whereOf(name: string, workspaceRoot: string): Where {
  const lines = linesOf(join(workspaceRoot, NX_JSON));
  const index = lines.findIndex((line) => line.includes(`"${name}"`));
  if (index < 0) return { file: NX_JSON };
  return { file: NX_JSON, line: index + 1, column: lines[index].indexOf(`"${name}"`) + 1 };
}

/** The lines of a file; none if it cannot be read: the fault to report is another one. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
