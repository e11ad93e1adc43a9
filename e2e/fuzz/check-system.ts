import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  cycloneDxDocument,
  licenseReport,
  inventory,
  refusedLicenses,
  spdxDocument,
  writeCycloneDx,
  writeSpdx,
  type SbomImage,
  type VexStatement,
} from '@nx-linuxkit/sbom';
import type { OsPlan } from '../../packages/stages/src/plan/os-plan.js';
import { SEVERITIES } from '../../packages/stages/src/scan/severity.js';
import { scanLines } from '../../packages/stages/src/scan/lines.js';
import { scanInventory } from '../../packages/stages/src/scan/scan-system.js';

const fromSbom = createRequire(join(__dirname, '../../packages/sbom/package.json'));
const SYSTEM = { name: 'my-os', platform: 'linux/amd64' };
/** All that a terminal takes for more than a character of a line. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** Checks the documents about a system with one image, and its licences: published schemas say what is valid. */
export function checkDocuments(image: SbomImage, statements: readonly VexStatement[] = []): void {
  const facts = { images: [image], epoch: 0 };
  checkSpdx([...writeSpdx(spdxDocument(facts))].join(''));
  checkCycloneDx([...writeCycloneDx(cycloneDxDocument(facts, SYSTEM, statements))].join(''));
  refusedLicenses(licenseReport(inventory(facts)), { allow: ['MIT'], deny: ['unknown'] });
}

/** Looks for the packages of an image in the feed at a path, and checks what a person and a program get to see. */
export async function checkScan(
  image: SbomImage,
  feed: string,
  statements: readonly VexStatement[] = [],
): Promise<void> {
  const facts = { images: [image], epoch: 0 };
  const request = { feed, named: 'feed.json', statements };
  const scan = await scanInventory({ plan: SYSTEM as OsPlan, facts }, request);
  const wrong = scanLines(scan).find((line) => CONTROL.test(line));
  if (wrong !== undefined) throw new Error(`a line moves the cursor: ${JSON.stringify(wrong)}`);
  for (const { severity, id, fixed } of scan.findings) {
    if (!SEVERITIES.includes(severity)) throw new Error(`no severity: ${String(severity)}`);
    for (const text of [id, ...fixed])
      if (typeof text !== 'string') throw new Error(`no text: ${String(text)}`);
  }
}

/** Writes a feed that says of the packages of these names that all their versions but the last are vulnerable. */
export function writeFeed(
  path: string,
  packages: readonly (readonly [ecosystem: string, name: string])[],
): void {
  const entries = packages.map(([ecosystem, name], i) => ({
    id: `X-${i}`,
    affected: [
      { package: { ecosystem, name }, ranges: [{ events: [{ introduced: '0' }, { fixed: '999' }] }] },
    ],
  }));
  writeFileSync(path, JSON.stringify(entries));
}

interface Validator {
  (document: unknown): boolean;
  readonly errors?: unknown;
}
let validators: { readonly spdx: Validator; readonly cycloneDx: Validator } | undefined;

function compiled() {
  const { Ajv } = fromSbom('ajv');
  const { default: addFormats } = fromSbom('ajv-formats');
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as object;
  const schemas = join(dirname(fromSbom.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema');
  const schema = (name: string) => read(join(schemas, `${name}.SNAPSHOT.schema.json`));
  const spdx = new Ajv().compile(
    read(join(__dirname, '../../packages/sbom/src/__fixtures__/spdx-2.3.schema.json')),
  );
  const ajv = new Ajv({ strict: false, logger: false });
  addFormats(ajv);
  ajv.addFormat('iri-reference', true).addFormat('idn-email', true);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return { spdx: spdx as Validator, cycloneDx: ajv.compile(schema('bom-1.6')) as Validator };
}

function checkCycloneDx(text: string): void {
  const { cycloneDx } = (validators ??= compiled());
  if (!cycloneDx(JSON.parse(text))) throw new Error(`invalid CycloneDX: ${JSON.stringify(cycloneDx.errors)}`);
}

/** The published schema of SPDX 2.3 says what is valid; the identifiers are checked here. */
function checkSpdx(text: string): void {
  const { spdx } = (validators ??= compiled());
  const document = JSON.parse(text);
  if (!spdx(document)) throw new Error(`invalid SPDX: ${JSON.stringify(spdx.errors)}`);
  const { packages, files = [], relationships } = document as Record<string, Record<string, string>[]>;
  const ids = [document, ...packages, ...files].map(({ SPDXID }) => SPDXID as string);
  const known = new Set([...ids, 'NONE', 'NOASSERTION']);
  const isKnown = (one: Record<string, string>) =>
    known.has(one.spdxElementId) && known.has(one.relatedSpdxElement);
  if (new Set(ids).size !== ids.length) throw new Error(`an identifier is there twice: ${ids.join(' ')}`);
  const wrong = ids.find((id) => !/^SPDXRef-[A-Za-z0-9.-]+$/.test(id));
  if (wrong !== undefined) throw new Error(`no identifier: ${wrong}`);
  if (!relationships.every(isKnown)) throw new Error('a relationship names what is not there');
}
