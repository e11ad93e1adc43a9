import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FoundPackage, SbomImage } from '@nx-linuxkit/sbom';
import { readVex } from '../../../packages/stages/src/vex/read-vex.js';
import { checkDocuments, checkScan } from '../check-system.js';
import { mutateBytes } from '../mutate-bytes.js';
import { mutateJson } from '../mutate-json.js';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const DEBIAN = { distribution: { id: 'debian', version: '12' } };
const PACKAGES: readonly FoundPackage[] = [
  { type: 'deb', name: 'libssl3', version: '3.0.1-1', path: 'a', ...DEBIAN, source: { name: 'openssl' } },
  {
    type: 'apk',
    name: 'openssl',
    version: '3.1.4-r5',
    path: 'a',
    distribution: { id: 'alpine', version: '3.19.1' },
  },
  { type: 'npm', name: 'left-pad', version: '1.1.0', path: 'a' },
  { type: 'golang', name: 'golang.org/x/net', version: 'v0.17.0', path: 'a' },
  { type: 'pypi', name: 'Flask_Thing', version: '2.0', path: 'a' },
];
const IMAGE: SbomImage = {
  ...{ name: 'web', digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64', place: 'a', attested: [] },
  found: PACKAGES,
};

const entryOf = (id: string, ecosystem: string, name: string, more: object = {}) => ({
  id,
  aliases: ['CVE-2024-1'],
  summary: 'text',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem, name },
      ranges: [
        { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '9.1-rc.2' }, { last_affected: '10' }] },
      ],
      versions: ['1.1.0', '2.0'],
      ecosystem_specific: { urgency: 'low', severity: 'HIGH' },
    },
  ],
  ...more,
});
const OSV = [
  entryOf('A-1', 'Debian:12', 'openssl'),
  entryOf('A-2', 'Alpine:v3.19', 'openssl'),
  entryOf('A-3', 'npm', 'left-pad', { database_specific: { severity: 'MODERATE' } }),
  entryOf('A-4', 'Go', 'golang.org/x/net', { withdrawn: undefined }),
  entryOf('A-5', 'PyPI', 'flask-thing'),
];
const TRACKER = {
  openssl: {
    'CVE-2024-1': {
      description: 'text',
      releases: {
        bookworm: { status: 'resolved', fixed_version: '3.0.2-1', urgency: 'high**' },
        trixie: { status: 'open', urgency: 'not yet assigned' },
      },
    },
  },
};

let folder: string | undefined;
const path = (name: string) => join((folder ??= mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'))), name);

/** A feed of vulnerabilities: entries of OSV as a list, as lines or one alone, or the JSON of Debian's security tracker. */
export const feed: Target = {
  name: 'feed',
  sample: 800,
  faults: { StageError: ['bad-document'] },
  seeds: async () =>
    [
      JSON.stringify(OSV),
      OSV.map((one) => JSON.stringify(one)).join('\n'),
      ...[OSV[2], TRACKER].map((one) => JSON.stringify(one)),
    ].map((text) => Buffer.from(text)),
  mutate: mutateJson,
  read: checkFeed,
};

/** The archives in which feeds come: zip, and gzip. */
export const feedArchive: Target = {
  name: 'feed-archive',
  sample: 800,
  faults: { StageError: ['bad-document'] },
  seeds: async () => [zipOfEntries(), gzipSync(JSON.stringify(OSV))],
  mutate: mutateBytes,
  read: checkFeed,
};

async function checkFeed(input: Buffer): Promise<void> {
  writeFileSync(path('feed'), input);
  await checkScan(IMAGE, path('feed'));
}

/** A zip archive with a file for each entry, by Python, with the same times always. */
function zipOfEntries(): Buffer {
  const write = `import json,sys,zipfile
with zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED) as archive:
  for entry in json.loads(sys.argv[2]):
    archive.writestr(zipfile.ZipInfo(entry["id"]+".json"),json.dumps(entry),zipfile.ZIP_DEFLATED)`;
  execFileSync('python3', ['-c', write, path('seed.zip'), JSON.stringify(OSV)]);
  return readFileSync(path('seed.zip'));
}

const VEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.org/1',
  timestamp: '2024-01-01T00:00:00Z',
  statements: [
    {
      vulnerability: { name: 'CVE-2024-1', aliases: ['A-1'] },
      status: 'not_affected',
      justification: 'component_not_present',
      status_notes: 'text',
    },
    {
      vulnerability: { name: 'CVE-2024-1' },
      timestamp: '2024-02-01T00:00:00Z',
      status: 'affected',
      action_statement: 'update',
      products: [
        { '@id': 'pkg:oci/web', subcomponents: [{ '@id': 'pkg:npm/left-pad' }] },
        { '@id': 'my-os' },
      ],
    },
  ],
};

/** A VEX document, up to the vulnerabilities of a bill of materials and a scan that it silences. */
export const vex: Target = {
  name: 'vex',
  sample: 500,
  faults: { StageError: ['bad-document'] },
  seeds: async () => [Buffer.from(JSON.stringify(VEX))],
  mutate: (next, input, other) => (next(4) === 0 ? mutateText : mutateJson)(next, input, other),
  async read(input) {
    writeFileSync(path('vex.json'), input);
    writeFileSync(path('osv.json'), JSON.stringify(OSV));
    const read = readVex({ path: path('vex.json'), named: 'vex.json', mayBeMissing: false });
    checkDocuments(IMAGE, read!.statements);
    await checkScan(IMAGE, path('osv.json'), read!.statements);
  },
};
