import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe as explain, Fault } from '@nx-linuxkit/errors';
import { startMemoryRegistry, type Fault as RegistryFault, type TestImage } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { PipelineSystem } from './pipeline/system.js';
import { WHOLE } from './sample.js';

/** Builds that wait at the same time: most of a case is the pause before a request is repeated. */
const AT_ONCE = 24;
/** One case of so many runs. The number shares no factor with those of faults, so that each fault and each point occurs. */
const EVERY = WHOLE ? 1 : 11;

const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-registry-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// Each repeated request is told to the user: some hundred lines here.
beforeAll(() => jest.spyOn(console, 'error').mockImplementation(() => undefined));
afterAll(() => jest.restoreAllMocks());

/** The requests of a pull, by a part of their path. */
function pointsOf(image: TestImage): Record<string, RegExp> {
  const point = (kind: string, { digest }: { digest: string }) => new RegExp(`/${kind}/${digest}`);
  return {
    'manifest by tag': /\/manifests\/1$/,
    'manifest by digest': point('manifests', image.manifest.descriptor),
    config: point('blobs', image.config.descriptor),
    ...Object.fromEntries(
      image.layers.map(({ descriptor }, i) => [`layer ${i}`, point('blobs', descriptor)]),
    ),
  };
}

const STATUSES = [201, 204, 206, 301, 304, 400, 401, 403, 404, 405, 408, 416, 418, 429, 500, 502, 503, 504];
const REDIRECTS = ['', '/', 'http://', 'file:///etc/passwd', 'http://127.0.0.1:1/x', '//[', 'ftp://x/y'];

const FAULTS: Record<string, RegistryFault> = {
  ...Object.fromEntries(STATUSES.map((status) => [`status ${status}`, { kind: 'status', status }])),
  ...Object.fromEntries(REDIRECTS.map((to) => [`redirect to "${to}"`, { kind: 'redirect', to }])),
  ...Object.fromEntries(
    [0, 1, 10, 100].map((after) => [`cut after ${after} bytes`, { kind: 'drop', after }]),
  ),
  ...Object.fromEntries([0, 1, 100].map((bytes) => [`only ${bytes} bytes`, { kind: 'truncate', bytes }])),
  'wrong bytes': { kind: 'corrupt' },
  'more bytes': { kind: 'overlong', bytes: 10 },
  'a slow answer': { kind: 'slow', parts: 5, pause: 50 },
  'a range that is ignored': { kind: 'ignore-range' },
  'another length': { kind: 'headers', headers: { 'content-length': '5' } },
  'no number as length': { kind: 'headers', headers: { 'content-length': 'x' } },
  'another type': { kind: 'headers', headers: { 'content-type': 'text/html' } },
  'another digest': { kind: 'headers', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } },
  'an unknown encoding': { kind: 'headers', headers: { 'content-encoding': 'br' } },
  'a page instead': { kind: 'status', status: 200, body: '<html>'.repeat(2_000) },
  'JSON instead': { kind: 'status', status: 200, body: '{"schemaVersion": 2}' },
};

interface Case {
  readonly name: string;
  readonly path: RegExp;
  readonly fault: RegistryFault;
  /** Requests that it hits. */
  readonly times: number;
}

it('a fault at any point of a pull gives the right system or one clear error, and the next build succeeds', async () => {
  const image = await systemImage('init');
  const right = await healthyTar(image);
  const cases = Object.entries(pointsOf(image)).flatMap(([point, path]) =>
    Object.entries(FAULTS).flatMap(([name, fault]) =>
      [1, Infinity].map((times): Case => ({ name: `${point}: ${name} (${times})`, path, fault, times })),
    ),
  );
  const sample = cases.filter((_, i) => i % EVERY === 0);
  const problems: string[] = [];
  const worker = async () => {
    for (let one = sample.pop(); one; one = sample.pop()) {
      for (const problem of await problemsOf(one, image, right)) problems.push(`${one.name}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(problems).toEqual([]);
}, 900_000);

async function healthyTar(image: TestImage): Promise<Buffer> {
  const registry = await startMemoryRegistry();
  registry.add('init', '1', image);
  const system = new PipelineSystem(join(folder, 'healthy'), `${registry.host}/init:1`);
  await system.build();
  await registry.stop();
  return system.tar()!;
}

async function problemsOf({ path, fault, times }: Case, image: TestImage, right: Buffer): Promise<string[]> {
  const registry = await startMemoryRegistry();
  registry.add('init', '1', image);
  const system = new PipelineSystem(mkdtempSync(join(folder, 'case-')), `${registry.host}/init:1`);
  const problems: string[] = [];
  registry.fail({ path, times }, fault);
  const error = await system.failure();
  if (error === undefined && !system.tar()?.equals(right)) problems.push('built other bytes');
  if (error !== undefined) problems.push(...problemsOfError(error));
  if (error !== undefined && system.tar()) problems.push('failed, and left a system');
  registry.heal();
  const again = await system.failure();
  if (again !== undefined) problems.push(`the next build fails: ${explain(again)}`);
  else if (!system.tar()?.equals(right)) problems.push('the next build gives other bytes');
  problems.push(...system.temporary());
  await registry.stop();
  if (problems.length === 0) rmSync(system.folder, { recursive: true });
  return problems;
}

/** A user must see what failed, and where. */
function problemsOfError(error: unknown): string[] {
  if (!(error instanceof Fault)) return [`a raw error: ${explain(error)}`];
  const text = explain(error);
  return /localhost:\d+|sha256:|127\.0\.0\.1/.test(text) ? [] : [`an error without a place: ${text}`];
}
