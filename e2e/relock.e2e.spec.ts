import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startMirror, type FakeMirror } from '../packages/debian/src/__tests__/mirror.js';
import { runProcess } from './workspace/nx-run.js';

/**
 * A Debian mirror that has moved on from what a repository pins. The repository is a copy of this one with a base set of
 * one package. The mirror serves a signed index and .debs over HTTP, and the copy trusts its key.
 */
const REPOSITORY = join(__dirname, '..');
const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-relock-'));
const repository = join(base, 'repository');
const at = (...path: string[]) => join(repository, ...path);

const packagesOf = (version: string) => ({
  tool: { version, files: { 'usr/bin/tool': `#!/bin/sh\necho ${version}\n` } },
  other: { version: '1.0-1', files: { 'usr/share/other': 'other' } },
});
/** The spec below writes this file, and fails if it did not exist. */
const MARK = join(base, 'ran');
const FILES: Readonly<Record<string, string>> = {
  'images/tool/build.yml': 'image: tool\ncontents:\n  packages: [tool, other]\n',
  'examples/tiny/linuxkit.yml': "init: ['@pkg:../../images/tool']\noutputs: [{format: tar}]\n",
  'e2e/pins.e2e.spec.ts': `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
test('tests of systems see what the mirror has', () => {
  expect(readFileSync(__dirname + '/../images/tool/build.lock.json', 'utf8')).toContain('"2.0-1"');
});
test('a test fails the first time', () => {
  const ran = existsSync('${MARK}');
  writeFileSync('${MARK}', '');
  expect(ran).toBe(true);
});
`,
};

let mirror: FakeMirror;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  mirror = await startMirror();
  env = {
    ...process.env,
    NX_LINUXKIT_DEBIAN_MIRROR: mirror.url,
    NX_LINUXKIT_STORE: join(base, 'store'),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
  makeRepository();
  await mirror.publish(packagesOf('1.0-1'));
  await succeed('node_modules/nx/dist/bin/nx.js', 'lock', 'pkg@images-tool');
  await mirror.publish(packagesOf('2.0-1'));
  rmSync(join(base, 'store'), { recursive: true });
});
afterAll(async () => {
  await mirror.stop();
  rmSync(base, { recursive: true, force: true });
});

function makeRepository(): void {
  for (const name of ['LICENSE', 'e2e/jest.config.cjs', 'images/package.json', 'packages', 'tools'])
    cpSync(join(REPOSITORY, name), at(name), {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
  for (const name of readdirSync(REPOSITORY).filter((name) => /\.(cjs|json)$/.test(name)))
    cpSync(join(REPOSITORY, name), at(name));
  rmSync(at('packages/debian/keys'), { recursive: true });
  cpSync(mirror.keys, at('packages/debian/keys'), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  }
  linkModules('node_modules');
  linkModules('node_modules/@nx-linuxkit');
}

/** Links npm's packages. A link that npm made to a package of the repository leads to that of the copy. */
function linkModules(folder: string): void {
  mkdirSync(at(folder), { recursive: true });
  for (const name of readdirSync(join(REPOSITORY, folder)).filter((name) => name !== '@nx-linuxkit')) {
    const path = join(REPOSITORY, folder, name);
    symlinkSync(lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path, at(folder, name));
  }
}

async function succeed(script: string, ...args: string[]): Promise<string> {
  const { code, output } = await runProcess(process.execPath, [script, ...args], { cwd: repository, env });
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

const pinned = () => readFileSync(at('images/tool/build.lock.json'), 'utf8');

test('a build names the package, its version, the command that pins it anew, and what that pins too', async () => {
  const nx = ['node_modules/nx/dist/bin/nx.js', 'build', 'tiny'];
  const { code, output } = await runProcess(process.execPath, nx, { cwd: repository, env });
  expect(code).not.toBe(0);
  expect(output).toContain('no mirror has tool 1.0-1 any more');
  expect(output).toContain('Run "nx lock pkg@images-tool". That pins all packages of this lock anew');
});

test('npm test pins anew in a scratch copy with a warning, tests there, and names what passed only when run again', async () => {
  const output = await succeed('tools/test.mjs', 'e2e', 'e2e/pins');
  expect(output).toContain('warning: the mirror no longer has tool 1.0-1; testing with current versions');
  expect(output).toMatch(
    /^run again: e2e\/pins\.e2e\.spec\.ts$[^]*^passed only when run again: 1: e2e\/pins\.e2e\.spec\.ts: a test fails the first time\n2 passed, 0 failed\n$/m,
  );
  expect(pinned()).toContain('"1.0-1"');
  expect(pinned()).not.toContain('"2.0-1"');
});

test('npm start builds in a scratch copy, with a warning', async () => {
  const script =
    "const set = await import('./tools/base-set.mjs'); await set.build('tiny'); console.log('home ' + set.home());";
  const output = await succeed('--input-type=module', '-e', script);
  const home = /^home (.*)$/m.exec(output)?.[1] as string;
  expect(output).toContain('warning: the mirror no longer has a pinned version');
  expect(home).not.toBe(repository);
  expect(readFileSync(join(home, 'dist/examples/tiny/tar/tiny.tar'), 'latin1')).toContain('echo 2.0-1');
  expect(pinned()).not.toContain('"2.0-1"');
  rmSync(home, { recursive: true });
});

test('after the command of the message the mirror has all that is pinned', async () => {
  await succeed('node_modules/nx/dist/bin/nx.js', 'lock', 'pkg@images-tool');
  expect(pinned()).toContain('"2.0-1"');
  await succeed('node_modules/nx/dist/bin/nx.js', 'build', 'tiny');
  const script = `const { gonePackages } = await import('./tools/scratch-copy.mjs');
    console.log(JSON.stringify(await gonePackages(process.cwd())));`;
  expect(await succeed('--input-type=module', '-e', script)).toBe('[]\n');
});
