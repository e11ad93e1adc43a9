import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FoundPackage, SbomImage } from '@nx-linuxkit/sbom';
import type { OsPlan } from '../plan/os-plan.js';
import { readVex } from '../vex/read-vex.js';
import { checkScan, readSeverity, scanLines } from './index.js';
import { jsonPieces } from './feed/json-pieces.js';
import type { Finding, SystemScan } from './finding.js';
import { scanInventory } from './scan-system.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-scan-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const found = (type: FoundPackage['type'], name: string, version: string, more: Partial<FoundPackage> = {}) =>
  ({ type, name, version, path: 'a', ...more }) as FoundPackage;
const DEBIAN = { distribution: { id: 'debian', version: '12' } };
const image = (name: string, packages: readonly FoundPackage[]): SbomImage => ({
  ...{ name, digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64', place: name, attested: [] },
  repository: `docker.io/library/${name}`,
  found: packages,
});
const PACKAGES = [
  found('deb', 'libssl3', '3.0.1-1', { ...DEBIAN, source: { name: 'openssl' } }),
  found('deb', 'bash', '5.2-1+b2', { ...DEBIAN, source: { name: 'bash', version: '5.2-1' } }),
  found('apk', 'libcrypto3', '3.1.4-r5', {
    distribution: { id: 'alpine', version: '3.19.1' },
    source: { name: 'openssl' },
  }),
  found('npm', 'left-pad', '1.1.0'),
  found('golang', 'golang.org/x/net', 'v0.17.0'),
  found('cargo', 'serde', '1.0.5'),
  found('pypi', 'Flask_Thing', '2.0'),
];

async function scan(
  feed: string | Buffer,
  { vex, images = [image('web', PACKAGES)] }: { vex?: unknown; images?: SbomImage[] } = {},
): Promise<SystemScan> {
  const path = join(folder, 'feed');
  writeFileSync(path, feed);
  const document = join(folder, 'vex.json');
  if (vex !== undefined) {
    writeFileSync(document, typeof vex === 'string' ? vex : JSON.stringify(vex, null, 2));
  }
  const read =
    vex === undefined ? undefined : readVex({ path: document, named: 'vex.json', mayBeMissing: false });
  const plan = { name: 'my-os', platform: 'linux/amd64' } as OsPlan;
  const facts = { images, epoch: 0 };
  return scanInventory(
    { plan, facts },
    { feed: path, named: 'feed.json', statements: read?.statements ?? [] },
  );
}
const shown = ({ findings }: SystemScan) =>
  findings.map(({ id, severity, package: { name }, fixed }: Finding) => [id, severity, name, ...fixed]);

const osv = (
  id: string,
  ecosystem: string,
  name: string,
  events: object[],
  more: object = {},
  of: object = {},
) => ({
  ...{ schema_version: '1.6.0', id, modified: '2024-01-01T00:00:00Z' },
  affected: [{ package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events }], ...of }],
  ...more,
});
const ENTRIES = [
  osv(
    'DEBIAN-CVE-2024-1',
    'Debian:12',
    'openssl',
    [{ introduced: '0' }, { fixed: '3.0.2-1' }],
    { upstream: ['CVE-2024-1'] },
    { ecosystem_specific: { urgency: 'low' } },
  ),
  osv('DEBIAN-CVE-2024-2', 'Debian:11', 'openssl', [{ introduced: '0' }]),
  osv('ALPINE-CVE-2024-3', 'Alpine:v3.19', 'openssl', [{ introduced: '0' }, { fixed: '3.1.4-r6' }], {
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  }),
  osv(
    'GHSA-aaaa',
    'npm',
    'left-pad',
    [{ introduced: '0' }, { fixed: '1.0.0' }, { introduced: '1.1.0' }, { fixed: '1.2.0' }],
    { aliases: ['CVE-2024-4'], database_specific: { severity: 'MODERATE' } },
  ),
  osv('GHSA-bbbb', 'npm', 'left-pad', [{ introduced: '1.1.1' }]),
  osv('GO-2024-5', 'Go', 'golang.org/x/net', [{ introduced: '0' }, { last_affected: '0.17.0' }], {
    severity: [{ type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' }],
  }),
  osv('RUSTSEC-6', 'crates.io', 'serde', [{ introduced: '0' }, { fixed: '1.0.5' }]),
  osv('PYSEC-7', 'PyPI', 'flask-thing', [], {}, { versions: ['2.0.0'] }),
  osv('GHSA-gone', 'npm', 'left-pad', [{ introduced: '0' }], { withdrawn: '2024-01-01T00:00:00Z' }),
];
const FOUND = [
  ['ALPINE-CVE-2024-3', 'critical', 'libcrypto3', '3.1.4-r6'],
  ['GO-2024-5', 'critical', 'golang.org/x/net'],
  ['CVE-2024-4', 'medium', 'left-pad', '1.2.0'],
  ['CVE-2024-1', 'low', 'libssl3', '3.0.2-1'],
  ['PYSEC-7', 'unknown', 'Flask_Thing'],
];

describe('a feed of OSV', () => {
  it.each([
    ['a list', JSON.stringify(ENTRIES)],
    ['JSON lines', ENTRIES.map((entry) => JSON.stringify(entry)).join('\n')],
    [
      'texts with line breaks, one after the other',
      ENTRIES.map((entry) => JSON.stringify(entry, null, 2)).join('\n'),
    ],
    ['a list packed by gzip', gzipSync(JSON.stringify(ENTRIES))],
  ])('may be %s', async (_, feed) => expect(shown(await scan(feed))).toEqual(FOUND));

  it('may be a zip archive with a file for each entry', async () => {
    for (const [i, entry] of ENTRIES.entries())
      writeFileSync(join(folder, `${i}.json`), JSON.stringify(entry));
    const names = ENTRIES.map((_, i) => `${i}.json`);
    const make =
      'import sys,zipfile\nz=zipfile.ZipFile("all.zip","w",zipfile.ZIP_DEFLATED)\n[z.write(n) for n in sys.argv[1:]]\nz.close()';
    execFileSync('python3', ['-c', make, ...names], { cwd: folder });
    const { readFileSync } = await import('node:fs');
    expect(shown(await scan(readFileSync(join(folder, 'all.zip'))))).toEqual(FOUND);
  });

  it('may be one entry', async () =>
    expect(shown(await scan(JSON.stringify(ENTRIES[3])))).toEqual([FOUND[2]]));
});

it('Debian’s security tracker is asked about the release and the source version', async () => {
  const state = (status: string, more: object = {}) => ({ status, repositories: {}, ...more });
  const feed = {
    bash: {
      'CVE-1': { releases: { bookworm: state('resolved', { fixed_version: '5.2-1', urgency: 'high' }) } },
      'CVE-2': { releases: { bookworm: state('resolved', { fixed_version: '5.2-2', urgency: 'high' }) } },
    },
    openssl: {
      'CVE-3': {
        description: 'text',
        releases: {
          bookworm: state('open', { urgency: 'unimportant' }),
          trixie: state('resolved', { fixed_version: '9' }),
        },
      },
      'CVE-4': {
        releases: {
          bookworm: state('resolved', { fixed_version: '0' }),
          trixie: state('open', { urgency: 'high' }),
        },
      },
      'CVE-5': { releases: { bookworm: state('undetermined', { urgency: 'not yet assigned' }) } },
      'CVE-6': { releases: { bookworm: state('open', { urgency: 'not yet assigned' }) } },
    },
    unrelated: { 'CVE-7': { releases: { bookworm: state('open', { urgency: 'high' }) } } },
  };
  expect(shown(await scan(JSON.stringify(feed)))).toEqual([
    ['CVE-2', 'high', 'bash', '5.2-2'],
    ['CVE-3', 'negligible', 'libssl3'],
    ['CVE-6', 'unknown', 'libssl3'],
  ]);
});

describe('a VEX document', () => {
  const vex = (...statements: object[]) => ({
    ...{ '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'https://example.org/1', author: 'me' },
    ...{ timestamp: '2024-01-01T00:00:00Z', version: 1, statements },
  });
  const about = (name: string, products: object[] | undefined, more: object = {}) => ({
    ...{
      vulnerability: { name },
      status: 'not_affected',
      justification: 'vulnerable_code_not_in_execute_path',
    },
    ...(products && { products }),
    ...more,
  });
  const feed = JSON.stringify(ENTRIES[3]);
  const silent = async (statement: object, images?: SbomImage[]) =>
    (await scan(feed, { vex: vex(statement), images })).findings.map(
      (finding) => finding.vex?.status ?? null,
    );

  it.each<[string, object[] | undefined, string | null]>([
    ['nothing, which is the whole system', undefined, 'not_affected'],
    ['the system', [{ '@id': 'my-os' }], 'not_affected'],
    ['the package', [{ '@id': 'pkg:npm/left-pad@1.1.0' }], 'not_affected'],
    ['the package in any version', [{ '@id': 'pkg:npm/left-pad' }], 'not_affected'],
    ['the package in another version', [{ '@id': 'pkg:npm/left-pad@9.0.0' }], null],
    [
      'the image with the package',
      [{ '@id': 'pkg:oci/web', subcomponents: [{ '@id': 'pkg:npm/left-pad' }] }],
      'not_affected',
    ],
    [
      'the image with another package',
      [{ '@id': 'pkg:oci/web', subcomponents: [{ '@id': 'pkg:npm/other' }] }],
      null,
    ],
    ['another image', [{ '@id': 'pkg:oci/other' }], null],
  ])('about %s', async (_, products, status) => {
    expect(await silent(about('CVE-2024-4', products))).toEqual([status]);
  });

  it('names a vulnerability by any of its names, and says nothing about another one', async () => {
    expect(await silent(about('GHSA-aaaa', undefined))).toEqual(['not_affected']);
    expect(await silent(about('CVE-2024-9', undefined))).toEqual([null]);
  });

  it('about one image leaves another image with the same package alone', async () => {
    const images = ['web', 'other'].map((name) => image(name, PACKAGES));
    expect(await silent(about('CVE-2024-4', [{ '@id': 'web' }]), images)).toEqual([null]);
  });

  it('silences for the exit code, with its reason in the lines; what is only affected is not silent', async () => {
    const silenced = await scan(feed, {
      vex: vex(about('CVE-2024-4', undefined, { impact_statement: 'nobody calls it' })),
    });
    expect(() => checkScan(silenced, 'low')).not.toThrow();
    expect(scanLines(silenced).at(-1)).toContain(
      'not_affected, vulnerable_code_not_in_execute_path, nobody calls it',
    );
    const affected = await scan(feed, {
      vex: vex(about('CVE-2024-4', undefined, { status: 'affected', action_statement: 'update' })),
    });
    expect(() => checkScan(affected, 'low')).toThrow(expect.objectContaining({ code: 'vulnerable' }));
  });

  it('counts by its latest statement', async () => {
    const both = vex(
      about('CVE-2024-4', undefined, { timestamp: '2024-03-01T00:00:00Z' }),
      about('CVE-2024-4', undefined, { status: 'under_investigation', timestamp: '2024-02-01T00:00:00Z' }),
    );
    const { findings } = await scan(feed, { vex: both });
    expect(findings[0].vex?.status).toBe('not_affected');
  });

  it.each<[unknown, string, number, number]>([
    [{}, '"@context" is missing', 1, 1],
    [{ '@context': 'https://openvex.dev/ns/v0.2.0' }, '"statements" is no list', 1, 1],
    [
      vex({ vulnerability: { name: 'CVE-1' }, status: 'fine' }),
      'statements[0].status is "fine", expected one of not_affected',
      12,
      17,
    ],
    [
      vex({ vulnerability: { name: 'CVE-1' }, status: 'not_affected' }),
      'lacks "justification" or "impact_statement"',
      8,
      5,
    ],
    [vex({ vulnerability: { name: 'CVE-1' }, status: 'affected' }), 'lacks "action_statement"', 8, 5],
    [vex({ status: 'fixed' }), 'statements[0].vulnerability.name is missing', 8, 5],
    ['{ "statements": [', 'no JSON: close bracket expected', 1, 18],
    ['hello\n', 'no JSON: invalid symbol', 1, 1],
    ['{\n  "@context": "a",\n}', 'no JSON: ', 3, 1],
    ['', 'no JSON: value expected', 1, 1],
  ])('that is none is one error with its place: %j', async (document, message, line, column) => {
    await expect(scan(feed, { vex: document })).rejects.toMatchObject({
      code: 'bad-document',
      message: expect.stringContaining(message),
      where: { file: 'vex.json', line, column },
    });
  });
});

describe('a feed that cannot be read', () => {
  it.each([
    ['', 'it has no entry', undefined],
    ['hello', 'expected a list or an object', 1],
    ['[{"id": "A"},\n{"id": }]', 'an entry is no JSON', 2],
    ['[{"id": "A"},\n{"name": "x"}]', 'an entry has no "id"', 2],
    ['{"id": "A", "affected": [', 'the text ends within an entry', 1],
    ['[1]', 'an entry is no object', 1],
    ['{"openssl": {"CVE-1": {}}}', 'openssl: CVE-1 has no "releases"', 1],
    [Buffer.from('1f8b0800aa', 'hex'), 'feed.json is no feed', undefined],
    [Buffer.from('504b0304aaaa', 'hex'), 'feed.json is no feed', undefined],
  ])('%j is one error with its line', async (feed, message, line) => {
    await expect(scan(feed)).rejects.toMatchObject({
      code: 'bad-document',
      message: expect.stringContaining(message),
      where: line === undefined ? { file: 'feed.json' } : { file: 'feed.json', line },
    });
  });

  it('an unknown severity is refused', () => {
    expect(() => readSeverity('hihg')).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

it('pieces are the same wherever the chunks of a text end', async () => {
  const text = Buffer.from(
    '\ufeff[{"a": "x\\"]},{"}, [1, {"b": [2]}], "s"]\n{"k": {"v": "é,}"}, "l": 1}\n{}',
  );
  const piecesOf = async (size: number) => {
    const chunks = async function* () {
      for (let i = 0; i < text.length; i += size) yield text.subarray(i, i + size);
    };
    const pieces = [];
    for await (const piece of jsonPieces(chunks(), 100)) pieces.push(piece);
    return pieces;
  };
  const whole = await piecesOf(text.length);
  expect(whole.map((piece) => (piece.kind === 'end' ? null : piece.text.trim()))).toEqual([
    '{"a": "x\\"]},{"}',
    '[1, {"b": [2]}]',
    '"s"',
    '{"k": {"v": "é,}"}}',
    '{"l": 1}',
    null,
    null,
  ]);
  for (const size of [1, 2, 3, 7]) expect(await piecesOf(size)).toEqual(whole);
});

it('a feed of 50 MB takes memory for one entry', async () => {
  const entry = `${JSON.stringify(osv('GHSA-x', 'npm', 'elsewhere', [{ introduced: '0' }], { details: 'x'.repeat(50_000) }))},\n`;
  const path = join(folder, 'large');
  writeFileSync(path, '[');
  const { appendFileSync } = await import('node:fs');
  for (let i = 0; i < 10; i++) appendFileSync(path, entry.repeat(100));
  appendFileSync(path, `${JSON.stringify(ENTRIES[3])}]`);
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  const before = process.memoryUsage().rss;
  const plan = { name: 'my-os', platform: 'linux/amd64' } as OsPlan;
  const facts = { images: [image('web', PACKAGES)], epoch: 0 };
  const result = await scanInventory({ plan, facts }, { feed: path, named: 'large', statements: [] });
  clearInterval(timer);
  expect(shown(result)).toEqual([FOUND[2]]);
  expect(Math.max(most, process.memoryUsage().rss) - before).toBeLessThan(40 << 20);
});

describe('a hostile image or feed', () => {
  const linesOf = async (packages: readonly FoundPackage[], feed: unknown) =>
    scanLines(await scan(JSON.stringify(feed), { images: [image('web', packages)] }));

  it('does not move the cursor, hide a line or write one', async () => {
    const name = 'a\x1b[2K\x1b[1A\rb\nno vulnerabilities';
    const lines = await linesOf(
      [found('npm', name, '1.0.0')],
      [osv('X\u009b1A', 'npm', name, [{ introduced: '0' }])],
    );
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('X\\x9b1A  a\\x1b[2K\\x1b[1A\\x0db\\x0ano vulnerabilities 1.0.0');
  });

  it.each(['constructor', 'toString', '__proto__'])('the word %s is no severity', async (severity) => {
    const entry = osv('X', 'npm', 'left-pad', [{ introduced: '0' }], { database_specific: { severity } });
    expect(shown(await scan(JSON.stringify([entry])))).toEqual([['X', 'unknown', 'left-pad']]);
  });

  it('a text that is no vector rates nothing, and does not reach the terminal', async () => {
    const said: string[] = [];
    const methods = (['log', 'warn', 'error'] as const).map((method) =>
      jest.spyOn(console, method).mockImplementation((...words) => void said.push(words.join(' '))),
    );
    const vectors = ['CVSS:3.1/\x1b[2J:U', 'CVSS:3.1/AV:N/:U', `AV:N${'/AV:N'.repeat(1000)}`, '\n'];
    const severity = vectors.map((score) => ({ type: 'CVSS_V3', score }));
    const entry = osv('X', 'npm', 'left-pad', [{ introduced: '0' }], { severity });
    const found = await scan(JSON.stringify([entry]));
    methods.forEach((method) => method.mockRestore());
    expect(shown(found)).toEqual([['X', 'unknown', 'left-pad']]);
    expect(said).toEqual([]);
  });

  it('a version of a million parts is no version, and is not compared part by part', async () => {
    const version = `1${'.0'.repeat(1_000_000)}.1`;
    const entry = (ecosystem: string, name: string) =>
      osv('X', ecosystem, name, [{ introduced: '1' }, { fixed: '2' }]);
    const packages = [found('pypi', 'a', version), found('npm', 'b', version), found('golang', 'c', version)];
    const feed = [entry('PyPI', 'a'), entry('npm', 'b'), entry('Go', 'c')];
    expect((await linesOf(packages, feed))[0]).toContain('vulnerabilities: 0');
  });

  it('two million values in one entry are refused before they take their memory', async () => {
    const feed = `[{"id": "X", "details": [${'0,'.repeat(2_100_000)}0]}]`;
    await expect(scan(feed)).rejects.toMatchObject({
      code: 'bad-document',
      message: expect.stringContaining('an entry is too large'),
    });
  });
});
