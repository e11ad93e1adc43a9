import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOsList } from '@nx-linuxkit/spec';
import { identify } from './identify.js';
import type { OsPlan } from './os-plan.js';
import { readPlan } from './read-plan.js';
import type { Settings } from './settings.js';
import { isTrusted } from './trust.js';

const FILE = 'os/linuxkit.yml';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const POLICY: Settings = { signatures: { images: { 'example.org/': { key: 'cosign.pub' } } } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-plan-'));
  mkdirSync(join(root, 'os'));
  write(FILE, 'init: [example.org/app:1]\n');
  writeLock({ digest: DIGEST });
  write('cosign.pub', 'a key');
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (file: string, text: string) => writeFileSync(join(root, file), text);
const writeLock = (image: object) =>
  write(
    'os/linuxkit.lock.json',
    JSON.stringify({ lockfileVersion: 1, images: { 'example.org/app:1': { 'linux/amd64': image } } }),
  );
function plan(settings: Settings = POLICY): OsPlan {
  return readPlan(root, { file: FILE }, settings).plan(identify({ file: FILE, folder: 'os' }, 'os'));
}

it.each<[string, () => Settings | void]>([
  ['a key', () => write('cosign.pub', 'another key')],
  ['the evidence', () => write('os/linuxkit.signatures.json', '{}')],
  ['the digest', () => writeLock({ digest: `sha256:${'2'.repeat(64)}` })],
  ['the index', () => writeLock({ digest: DIGEST, index: `sha256:${'2'.repeat(64)}` })],
  ['a rule', () => ({ signatures: { images: { 'example.org/': 'off' } } })],
  ['the default', () => ({ signatures: { ...POLICY.signatures, default: 'deny' } })],
  ['`trust`', () => write(FILE, 'init: [example.org/app:1]\ntrust: {org: [example.org]}\n')],
])('%s is in the key of the check', (_, change) => {
  const before = plan().keys;
  expect(plan(change() ?? POLICY).keys.verify).not.toBe(before.verify);
});

it('a policy, its keys and the evidence are in no other key: a segment or a format does not run again for them', () => {
  const others = ({ keys }: OsPlan) => ({ ...keys, verify: undefined });
  const before = others(plan());
  write('cosign.pub', 'another key');
  write('os/linuxkit.signatures.json', '{}');
  expect(others(plan({ signatures: { default: 'deny' } }))).toEqual(before);
});

it('a trusted root and each key are files that the check reads; without the option there are none', () => {
  const identity = { identity: 'a@example.org', issuer: 'https://issuer', trustedRoot: 'root.json' };
  const signatures = { images: { 'a.example/': identity, 'b.example/': { key: 'b.pub' } } };
  expect(plan({ signatures }).signatures?.files).toEqual([
    'b.pub',
    'root.json',
    'os/linuxkit.signatures.json',
  ]);
  expect(plan({}).signatures).toBeUndefined();
});

it('an option of another form is refused, with the place within it', () => {
  const signatures = { images: { 'example.org/': { key: '../cosign.pub' } } };
  expect(() => plan({ signatures })).toThrow(
    expect.objectContaining({
      code: 'invalid-policy',
      message: expect.stringContaining('signatures.images["example.org/"].key'),
    }),
  );
});

it('an image of a daemon is one, whatever its reference looks like', () => {
  writeLock({ digest: DIGEST, imageID: DIGEST });
  expect(plan().signatures?.images).toMatchObject([{ reference: 'example.org/app:1', inDaemon: true }]);
});

describe('trust', () => {
  const trusts = (trust: string, reference: string) =>
    isTrusted(
      readOsList(['a.yml'], () => `trust: ${trust}\n`, { formats: [] }),
      reference,
    );

  it.each([
    ['{image: [nginx]}', 'nginx:1'],
    ['{image: [nginx]}', 'docker.io/library/nginx:1'],
    ['{image: [docker.io/library/nginx]}', 'nginx@sha256:00'],
    ['{image: ["nginx:1"]}', 'nginx:1'],
    ['{org: [linuxkit]}', 'linuxkit/init:1'],
    ['{org: [linuxkit]}', 'docker.io/linuxkit/init:1'],
    ['{org: [library]}', 'nginx'],
    ['{org: [ghcr.io/team]}', 'ghcr.io/team/app:1'],
    ['{org: ["localhost:5000"]}', 'localhost:5000/app'],
  ])('%s names %s', (trust, reference) => expect(trusts(trust, reference)).toBe(true));

  it.each([
    ['{image: [nginx]}', 'nginx-evil:1'],
    ['{image: ["nginx:1"]}', 'nginx:2'],
    ['{image: [nginx]}', 'example.org/nginx'],
    ['{org: [linuxkit]}', 'linuxkitevil/init'],
    ['{org: [ghcr.io/team]}', 'ghcr.io/team2/app'],
  ])('%s does not name %s', (trust, reference) => expect(trusts(trust, reference)).toBe(false));
});
