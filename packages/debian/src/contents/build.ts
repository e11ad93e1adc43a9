import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { load, YAMLException } from 'js-yaml';
import { ARCHITECTURES } from '../architecture.js';
import type { Architecture } from '../architecture.js';
import { DebianError } from '../errors.js';
import type { Build, Contents } from './model.js';

export const BUILD_FILE = 'build.yml';

/** The release that a lock is made from unless build.yml names one: its packages stay until a point release. */
const DEFAULT_SUITE = 'bookworm';

const SCHEMA = join(__dirname, '..', '..', 'schema', 'build.schema.json');

/** Parses and checks a build.yml; `file` is for messages. */
export function readBuild(text: string, file: string): Build {
  const value = parse(text, file);
  const validate = validator();
  if (!validate(value)) throw invalid(validate.errors ?? [], file);
  const { image, org = 'linuxkit', arches = ARCHITECTURES, config, contents, gitrepo } = value as RawBuild;
  const labels: Record<string, string> = gitrepo ? { 'org.opencontainers.image.source': gitrepo } : {};
  return {
    file,
    image,
    org,
    arches,
    config,
    contents: { ...DEFAULTS, ...contents, labels: { ...labels, ...contents.labels } },
  };
}

interface RawBuild extends Omit<Partial<Build>, 'contents'> {
  readonly image: string;
  readonly contents: Partial<Contents>;
  readonly gitrepo?: string;
}

const DEFAULTS: Contents = {
  suite: DEFAULT_SUITE,
  packages: [],
  exclude: [],
  binaries: [],
  files: [],
  links: {},
  users: [],
  groups: [],
  owners: [],
  concatenate: [],
  mergedUsr: false,
  depmod: false,
  archives: [],
  labels: {},
};

let compiled: ValidateFunction | undefined;
function validator(): ValidateFunction {
  compiled ??= new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
  return compiled;
}

function parse(text: string, file: string): unknown {
  try {
    return load(text, { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { line, column } = error.mark ?? {};
    throw new DebianError('bad-build', error.reason, {
      where: {
        file,
        line: line === undefined ? undefined : line + 1,
        column: column === undefined ? undefined : column + 1,
      },
      cause: error,
    });
  }
}

function invalid(errors: readonly ErrorObject[], file: string): DebianError {
  const messages = errors.map(({ dataPath, message, params }) => {
    const key = (params as { additionalProperty?: string }).additionalProperty;
    return `${dataPath.slice(1).replaceAll('/', '.') || 'build.yml'}: ${key ? `unknown key ${key}` : message}`;
  });
  return new DebianError('bad-build', messages.join('; '), { where: { file } });
}

/** The contents for one architecture: `${arch}` replaced wherever it stands. */
export function contentsFor({ contents }: Build, architecture: Architecture): Contents {
  return JSON.parse(JSON.stringify(contents).replaceAll('${arch}', architecture)) as Contents;
}
