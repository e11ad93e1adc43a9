import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Runs the tool for LinuxKit's own cases on cases of the test's own, in the form of LinuxKit's. */
const TOOL = join(__dirname, '../tools/linuxkit-tests/index.mjs');
const YAML = 'onboot:\n  - name: dirs\n    image: linuxkit/mkdir:0123456789\n';
const LIB = `linuxkitrun() {\n  linuxkit run $@ | tee /dev/stderr\n}\n`;
const script = (...lines: string[]) =>
  ['#!/bin/sh', '# LABELS:', 'set -e', '. "${RT_PROJECT_ROOT}/_lib/lib.sh"', ...lines, ''].join('\n');

const CASES: Record<string, string> = {
  '_lib/lib.sh': LIB,
  '000_build/passes/test.sh': script(
    'linuxkit build --no-sbom --format tar --name check ./test.yml',
    'tar -tf check.tar 2>/dev/null | grep -q containers/onboot/000-dirs/config.json',
  ),
  '000_build/passes/test.yml': YAML,
  '000_build/fails/test.sh': script(
    'echo seen | tee /dev/stderr',
    'linuxkit build --format no-such ./test.yml',
  ),
  '000_build/fails/test.yml': YAML,
  '900_slow/test.sh': script('sleep 1000'),
  '000_other/cancels/test.sh': script('exit 253'),
  '000_other/docker/test.sh': script('docker run --rm alpine'),
  '000_other/foreign/test.sh': script('linuxkit build test.yml'),
  '000_other/foreign/test.yml': `init:\n  - linuxkit/init:0\n  - linuxkit/nobody-has-this:1\n`,
};

let checkout: string;
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'linuxkit-checkout-'));
  for (const [path, text] of Object.entries(CASES)) {
    const file = join(checkout, 'test/cases', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, [TOOL, ...args], { encoding: 'utf8', timeout: 280_000 });

test('each case is passed, failed or not tried, with the reason, and counted', () => {
  const { stdout, status } = run(`--checkout=${checkout}`, '--only=000_');
  const verdicts = stdout.split('\n').filter((line) => /^(pass|fail|cannot) /.test(line));
  expect(verdicts).toEqual([
    'fail   000_build/fails: status 1',
    'pass   000_build/passes',
    'cannot 000_other/cancels: it cancels itself',
    'cannot 000_other/docker: it needs Docker',
    'cannot 000_other/foreign: it needs linuxkit/nobody-has-this:1',
  ]);
  expect(stdout).toMatch(/^ +\| seen$/m);
  expect(stdout).toMatch(/^ +\| error: .*no-such/m);
  expect(stdout).toContain('| 000_build | 2 | 1 | 1 | 0 |\n| 000_other | 3 | 0 | 0 | 3 |');
  expect(status).toBe(1);
});

test('a case that does not end is ended, with what it has started', () => {
  const { stdout, status } = run(`--checkout=${checkout}`, '--only=900_slow', '--limit=2');
  expect(stdout).toMatch(/^fail {3}900_slow: no end within 2 s$/m);
  expect(status).toBe(1);
});

test('the checkout stays as it is', () => {
  const files = execFileSync('find', [checkout, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n');
  expect(files).toHaveLength(Object.keys(CASES).length);
});

test('a folder that is no checkout is an error that says what to name', () => {
  const { stderr, status } = run(`--checkout=${tmpdir()}`);
  expect(stderr).toMatch(/^error: .*: name a checkout of LinuxKit by --checkout=FOLDER\n$/);
  expect(status).toBe(2);
});
