import { readFileSync } from 'node:fs';
import {
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from '@nx-linuxkit/sbom';
import { StageError } from '../error.js';
import { isRecord } from '../seal.js';
import { placeOf, syntaxFault, type JsonPath } from './json-place.js';

/** Where a VEX document lies. */
export interface VexFile {
  /** Absolute path. */
  readonly path: string;
  /** What people call it. */
  readonly named: string;
  /** A file that nobody has asked for may be missing: there are no statements then. */
  readonly mayBeMissing: boolean;
}

/** A VEX document as it is, and what it says. */
export interface Vex {
  readonly named: string;
  readonly text: string;
  /** In the order of the document; where two are about the same, the later one counts. */
  readonly statements: readonly VexStatement[];
}

/**
 * Reads statements of OpenVEX 0.2: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md. Throws StageError `missing-file`, and
 * `bad-document` with the member that is wrong and its line.
 */
export function readVex({ path, named, mayBeMissing }: VexFile): Vex | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (mayBeMissing && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StageError('missing-file', `cannot read the VEX document ${named}`, {
      cause,
      hint: 'Name a file of OpenVEX, or leave the option `vex` out.',
    });
  }
  return { named, text, statements: statementsIn(text, named) };
}

function statementsIn(text: string, file: string): VexStatement[] {
  const bad = (path: JsonPath, what: string) =>
    new StageError('bad-document', `this is no OpenVEX document: ${what}`, {
      where: { file, ...placeOf(text, path) },
      hint: 'See https://github.com/openvex/spec: vexctl writes such documents.',
    });
  const document = parse(text, file);
  const { '@context': context, statements } = isRecord(document) ? document : {};
  if (typeof context !== 'string' || !context.startsWith('https://openvex.dev/ns'))
    throw bad(['@context'], `"@context" is ${shown(context)}, expected "https://openvex.dev/ns/v0.2.0"`);
  if (!Array.isArray(statements)) throw bad(['statements'], '"statements" is no list');
  const read = statements.map((one, i) => ({
    at:
      textOf(isRecord(one) ? one.timestamp : undefined) ??
      textOf((document as { timestamp?: unknown }).timestamp),
    statement: statementOf(one, (path, what) =>
      bad(['statements', i, ...path], `${member(['statements', i, ...path])} ${what}`),
    ),
  }));
  // The latest word counts. Statements without a time of their own keep the order of the document.
  return read
    .sort((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? '') || 0)
    .map(({ statement }) => statement);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { what, place } = syntaxFault(text);
    throw new StageError('bad-document', `this is no OpenVEX document, and no JSON: ${what}`, {
      where: { file, ...place },
      hint: 'See https://github.com/openvex/spec: vexctl writes such documents.',
    });
  }
}

/** A path as people write it: `statements[0].status`. */
function member(path: JsonPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`))
    .join('');
}

/** The fault of a member of a statement. */
type Wrong = (path: JsonPath, what: string) => StageError;

function statementOf(value: unknown, wrong: Wrong): VexStatement {
  if (!isRecord(value)) throw wrong([], 'is no object');
  const { status, justification } = value;
  if (!isAmong(VEX_STATUSES, status))
    throw wrong(['status'], `is ${shown(status)}, expected one of ${VEX_STATUSES.join(', ')}`);
  if (justification !== undefined && !isAmong(VEX_JUSTIFICATIONS, justification))
    throw wrong(
      ['justification'],
      `is ${shown(justification)}, expected one of ${VEX_JUSTIFICATIONS.join(', ')}`,
    );
  const [impact, action] = [textOf(value.impact_statement), textOf(value.action_statement)];
  if (status === 'not_affected' && justification === undefined && impact === undefined)
    throw wrong([], 'says not_affected, and lacks "justification" or "impact_statement"');
  if (status === 'affected' && action === undefined)
    throw wrong([], 'says affected, and lacks "action_statement"');
  const words = [impact, action, textOf(value.status_notes)].filter((text) => text !== undefined).join(' ');
  return {
    names: namesOf(value.vulnerability, wrong),
    status: status as VexStatus,
    ...(justification !== undefined && { justification: justification as VexJustification }),
    ...(words !== '' && { words }),
    products: productsOf(value.products, wrong),
  };
}

function namesOf(vulnerability: unknown, wrong: Wrong): string[] {
  const { name, aliases } = isRecord(vulnerability) ? vulnerability : {};
  const known = textOf(name);
  if (known === undefined)
    throw wrong(['vulnerability', 'name'], 'is missing, expected a name such as "CVE-2024-1234"');
  return [known, ...(Array.isArray(aliases) ? aliases.filter((one) => typeof one === 'string') : [])];
}

function productsOf(products: unknown, wrong: Wrong): VexProduct[] {
  if (products === undefined) return [];
  if (!Array.isArray(products)) throw wrong(['products'], 'is no list');
  return products.map((product, i) => {
    const id = idOf(product);
    if (id === undefined) throw wrong(['products', i], 'has no "@id" and no "identifiers.purl"');
    const { subcomponents } = isRecord(product) ? product : {};
    const parts = Array.isArray(subcomponents) ? subcomponents : [];
    return { id, subcomponents: parts.flatMap((part) => idOf(part) ?? []) };
  });
}

function idOf(value: unknown): string | undefined {
  const { '@id': id, identifiers } = isRecord(value) ? value : {};
  return textOf(isRecord(identifiers) ? identifiers.purl : undefined) ?? textOf(id);
}

function isAmong(words: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && words.includes(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
}
