import { createRequire } from 'node:module';

/** The part of JSON Schema (draft-07) that our schemas use. */
export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly allOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  /** Decides between `then` and `else`. */
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
  readonly else?: JsonSchema;
}

// The schemas are published for editors, so the code loads them at run time, by a name that is right from src, from dist, and
// from a bundle.
const load = createRequire(__filename);
/** The schema of a LinuxKit YAML: schema/linuxkit.schema.json. */
export const linuxkitSchema = load('@nx-linuxkit/spec/schema/linuxkit.schema.json') as JsonSchema;
/** The schema of LinuxKit's own keys of a `build.yml`: schema/build.schema.json. */
export const buildSchema = load('@nx-linuxkit/spec/schema/build.schema.json') as JsonSchema;

/** Returns the schema of one definition of the LinuxKit YAML, such as `Container`. */
export function definition(name: string): JsonSchema {
  return { $ref: `${linuxkitSchema.$id}#/definitions/${name}` };
}

/** A schema, and the document that its references `#/…` refer to. */
export interface ResolvedSchema {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
}

/** Follows `$ref` to the schema that it names. */
export function resolveReference(schema: JsonSchema, root: JsonSchema): ResolvedSchema {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref === undefined) return { schema, root };
  const [document, pointer] = ref.split('#');
  const target = document === '' || document === root.$id ? root : linuxkitSchema;
  const steps = pointer.split('/').slice(1);
  const found = steps.reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], target);
  return resolveReference(found as JsonSchema, target);
}

/** Follows `$ref`, and `else`, which is the schema of the usual entries of a list. */
export function resolveSchema(schema: JsonSchema, root: JsonSchema): ResolvedSchema {
  const found = resolveReference(schema, root);
  return found.schema.else ? resolveSchema(found.schema.else, found.root) : found;
}
