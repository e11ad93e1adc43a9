import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What our schemas of options use of JSON Schema. */
export interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: OptionSchema;
  readonly oneOf?: readonly OptionSchema[];
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly description?: string;
  /** `internal` for options that inference sets. */
  readonly 'x-priority'?: string;
  /** The stages that take the option, where one executor runs several; default: all of them. */
  readonly 'x-stages'?: readonly string[];
}

/** The schema of an executor's options. */
export interface ExecutorSchema extends OptionSchema {
  readonly properties: Readonly<Record<string, OptionSchema>>;
  /** Holds `required`, where Nx does not look. */
  readonly allOf?: readonly OptionSchema[];
}

/** The folder of the package, from sources and from compiled code alike. */
const PACKAGE = join(__dirname, '../../..');

const schemas = new Map<string, ExecutorSchema>();

/** Reads the schema that executors.json names for an executor, once. */
export function schemaOf(executor: string): ExecutorSchema {
  const known = schemas.get(executor) ?? readSchema(executor);
  schemas.set(executor, known);
  return known;
}

function readSchema(executor: string): ExecutorSchema {
  const { executors } = readJson('executors.json') as { executors: Record<string, { schema: string }> };
  return readJson(executors[executor].schema) as ExecutorSchema;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(PACKAGE, path), 'utf8'));
}
