import { SpecError } from '../error.js';
import { formatPath, throwProblems, type Problem } from '../problem.js';
import { nearest } from '../schema/nearest.js';
import type { YamlDocument } from '../yaml/document.js';
import type { YamlNode } from '../yaml/node.js';

/** Where the values of variables come from beside the defaults in the YAML; a later one wins. */
export interface ValueSources {
  /** The environment, for declarations with `env: true`. Default: empty. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A key of `variants` in the last file. Default: no variant. */
  readonly variant?: string;
  /** Values that a caller sets, as `--set NAME=value` does. */
  readonly set?: Readonly<Record<string, string>>;
}

/** The variables of one system: what its files declare, and the value of each. */
export class Variables {
  private readonly variant: ReadonlyMap<string, string>;

  /** `main` is the file whose `variants` count. Throws `SpecError` `unknown-name` for a variant that it lacks. */
  constructor(
    private readonly main: YamlDocument,
    private readonly sources: ValueSources,
  ) {
    this.variant = sources.variant === undefined ? new Map() : variantValues(main, sources.variant);
  }

  /**
   * The value of a name that one of these files declares, whose order is that of merging; undefined for any other name
   * and where no file and no source gives a value.
   */
  value(name: string, documents: readonly YamlDocument[]): string | undefined {
    const declared = documents.flatMap((document) => declarationOf(document, name) ?? []);
    if (declared.length === 0) return undefined;
    const fromEnvironment = declared.some(({ env }) => env) ? this.sources.environment?.[name] : undefined;
    const set = own(this.sources.set ?? {}, name);
    return (
      set ??
      this.variant.get(name) ??
      fromEnvironment ??
      declared.findLast(({ fallback }) => fallback !== undefined)?.fallback
    );
  }

  /** Throws one `SpecError` for all that is wrong with the declarations and values of a system. */
  check(documents: readonly YamlDocument[]): void {
    const names = [...new Set(documents.flatMap(declaredNames))];
    throwProblems([
      ...documents.flatMap(badNames),
      ...this.unknownNames(names),
      ...names.flatMap((name) => this.missingValue(name, documents)),
    ]);
  }

  private missingValue(name: string, documents: readonly YamlDocument[]): Problem[] {
    if (this.value(name, documents) !== undefined) return [];
    const document = documents.findLast((candidate) => declarationOf(candidate, name)) as YamlDocument;
    const variants = variantNames(this.main);
    const more = variants.length > 0 ? `, or build one of the variants ${variants.join(', ')}` : '';
    return [
      {
        code: 'missing-value',
        message: `the variable ${name} has no value`,
        where: document.whereKey(['variables', name]),
        hint: `Give it a default, or set it where the build is called: \`--set ${name}=…\`${more}.`,
      },
    ];
  }

  private unknownNames(names: readonly string[]): Problem[] {
    const unknown = (name: string) => `${unknownName('variable', name, names)}`;
    const inVariants = variantNames(this.main).flatMap((variant) =>
      keysAt(this.main, ['variants', variant])
        .filter((name) => !names.includes(name))
        .map((name) => ({
          code: 'unknown-name' as const,
          message: `${formatPath(['variants', variant])}: ${unknown(name)}`,
          where: this.main.whereKey(['variants', variant, name]),
          hint: 'Declare it in variables.',
        })),
    );
    const set = Object.keys(this.sources.set ?? {})
      .filter((name) => !names.includes(name))
      .map((name) => ({
        code: 'unknown-name' as const,
        message: `--set ${name}: ${unknown(name)}`,
        where: { file: this.main.file },
        hint: 'Declare it in variables.',
      }));
    return [...inVariants, ...set];
  }
}

/** The names of the variables that a file declares, in its order. */
export function declaredNames(document: YamlDocument): string[] {
  return keysAt(document, ['variables']);
}

/** The variables that a file takes from the environment. */
export function environmentNames(document: YamlDocument): string[] {
  return declaredNames(document).filter((name) => declarationOf(document, name)?.env);
}

/** The names of the variants of a file, in its order. */
export function variantNames(document: YamlDocument): string[] {
  return keysAt(document, ['variants']);
}

interface Declaration {
  /** The default value; undefined without one. */
  readonly fallback?: string;
  readonly env: boolean;
}

/** Reads one declaration. A part of a wrong type counts as absent: the schema reports it. */
function declarationOf(document: YamlDocument, name: string): Declaration | undefined {
  const node = document.node(['variables', name]);
  if (!node) return undefined;
  if (node.kind !== 'mapping') return { fallback: textOf(node), env: false };
  const env = node.members.get('env')?.node;
  return {
    fallback: textOf(node.members.get('default')?.node),
    env: env?.kind === 'scalar' && env.value === true,
  };
}

function variantValues(main: YamlDocument, variant: string): Map<string, string> {
  const known = variantNames(main);
  if (!known.includes(variant)) {
    throw new SpecError('unknown-name', unknownName('variant', variant, known), {
      where: known.length > 0 ? main.whereKey(['variants']) : { file: main.file },
      hint: known.length > 0 ? 'Name one of them.' : 'Declare it in variants.',
    });
  }
  const names = keysAt(main, ['variants', variant]);
  return new Map(
    names.flatMap((name) => {
      const text = textOf(main.node(['variants', variant, name]));
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** The text of a scalar as it is written: `1.10` stays `1.10`. */
function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? node.text : undefined;
}

function keysAt(document: YamlDocument, path: readonly string[]): string[] {
  const node = document.node(path);
  return node?.kind === 'mapping' ? [...node.members.keys()] : [];
}

/** A variable is named as in a shell; a variant is a part of a project's name and of a path. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const VARIANT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function badNames(document: YamlDocument): Problem[] {
  const bad = (section: string, name: string, expected: string): Problem => ({
    code: 'bad-value',
    message: `${section}: expected ${expected}, got ${JSON.stringify(name)}`,
    where: document.whereKey([section, name]),
  });
  return [
    ...declaredNames(document)
      .filter((name) => !NAME.test(name))
      .map((name) => bad('variables', name, 'a name of letters, digits and _ that begins with no digit')),
    ...variantNames(document)
      .filter((name) => !VARIANT.test(name))
      .map((name) =>
        bad('variants', name, 'a name of letters, digits, ., - and _ that begins with none of . - _'),
      ),
  ];
}

function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const meant = near === undefined ? '' : `, did you mean "${near}"?`;
  const list = known.length === 0 ? `the file has no ${kind}s` : `known: ${known.join(', ')}`;
  return `no ${kind} is called "${name}"${meant} (${list})`;
}

function own(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
