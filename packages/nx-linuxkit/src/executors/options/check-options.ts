import type { ExecutorContext } from '@nx/devkit';
import { badValues, didYouMean, readAs } from './check-value.js';
import { OptionError, type OptionErrorCode } from './error.js';
import { schemaOf, type ExecutorSchema } from './schema.js';

/** The target whose options are checked; it appears in hints. */
export type CheckedTarget = Pick<ExecutorContext, 'projectName' | 'targetName'>;

interface Problem {
  readonly code: OptionErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * Checks the options of an executor against its schema, and returns them as the schema has them. Nx's own check is switched
 * off by `anyOf` in the schemas: for a continuous task such as `boot` it prints an error and ends with 0, it knows no
 * similar name, and it does not say what to do.
 *
 * Throws `OptionError` with all that is wrong: the first problem is its message and hint, each other one a further line.
 */
export function checkOptions<Options>(executor: string, options: object, target: CheckedTarget): Options {
  const schema = schemaOf(executor);
  const { stage } = options as { stage?: string };
  const takes = (name: string) => {
    const stages = schema.properties[name]?.['x-stages'];
    return name in schema.properties && (!stages || stage === undefined || stages.includes(stage));
  };
  const read = Object.entries(options).map(([name, value]): [string, unknown] => [
    name,
    takes(name) ? readAs(value, schema.properties[name]) : value,
  ]);
  const problems = [
    ...missing(executor, options, schema),
    ...read.flatMap(([name, value]) =>
      takes(name)
        ? bad(name, value, schema)
        : unknown(name, value, optionsOf(schema).filter(takes), target, hintFor(executor, stage, target)),
    ),
  ];
  throwProblems(problems);
  return Object.fromEntries(read) as Options;
}

/** The options that a person may set. */
function optionsOf({ properties }: ExecutorSchema): string[] {
  return Object.keys(properties).filter((name) => properties[name]['x-priority'] !== 'internal');
}

function missing(executor: string, options: object, { allOf = [] }: ExecutorSchema): Problem[] {
  const required = allOf.flatMap((part) => part.required ?? []);
  return required
    .filter((name) => !(name in options))
    .map((name) => ({
      code: 'missing-option',
      message: `nx-linuxkit:${executor} lacks the option ${name}`,
      hint:
        name === 'os'
          ? 'Only inferred targets have it: add options to such a target in project.json, without `executor`.'
          : `Write --${name}=VALUE, or add it to the options of the target in project.json.`,
    }));
}

function bad(name: string, value: unknown, { properties }: ExecutorSchema): Problem[] {
  return badValues(value, properties[name], name).map((message) => ({
    code: 'bad-option',
    message: `option ${message}`,
    hint: properties[name].description ?? '',
  }));
}

function unknown(
  name: string,
  value: unknown,
  known: readonly string[],
  { targetName = '<target>' }: CheckedTarget,
  hint: string,
): Problem[] {
  const allowed = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  // Nx gathers the words of the command line that belong to no option under this name.
  const message =
    name === '_'
      ? `unexpected ${[value]
          .flat()
          .map((word) => JSON.stringify(word))
          .join(', ')}: ${targetName} takes options only`
      : `${targetName} has no option ${name}${didYouMean(name, known)} (${allowed})`;
  return [{ code: 'unknown-option', message, hint }];
}

/** Where an unknown option is explained. Formats and their options are the YAML's, so that no option is theirs. */
function hintFor(
  executor: string,
  stage: string | undefined,
  { projectName = '<project>', targetName = '<target>' }: CheckedTarget,
): string {
  const makesFormats = executor === 'stage' && ['build', 'format', undefined].includes(stage);
  return makesFormats
    ? '`outputs` of the YAML has the formats that a build makes, and their options; each format is a target too.'
    : `\`nx ${targetName} ${projectName} --help\` explains the options.`;
}

function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const [{ code, hint }] = problems;
  throw new OptionError(code, problems.map(({ message }) => message).join('\n'), { hint });
}
