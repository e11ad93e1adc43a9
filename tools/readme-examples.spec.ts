import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ModuleKind, preProcessFile, ScriptTarget, transpileModule } from 'typescript';

/**
 * Runs the example of each package's README as a stranger would: as an ES module in a folder of its own, with the
 * packages from dist, so that it needs `npm run build`.
 */
const ROOT = join(__dirname, '..');
const ALLOWED = /^(?:node:|@nx-linuxkit\/|nx-linuxkit$)/;
/** Milliseconds; examples take a second each on an idle machine. */
const TIME_LIMIT = 60_000;

const published = readdirSync(join(ROOT, 'packages')).filter(
  (name) => !JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')).private,
);

/** The first block of code below the heading `Example`. */
function exampleOf(name: string): { language: string; code: string } | undefined {
  const text = readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8');
  const [, section] = /^## Example$([^]*?)(?=^## |(?![^]))/m.exec(text) ?? [];
  const [, language, code] = /^```(ts|sh)\n([^]*?)^```$/m.exec(section ?? '') ?? [];
  return code === undefined ? undefined : { language, code };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-readme-'));
  mkdirSync(join(folder, 'home'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function runExample(language: string, code: string): Promise<{ code: number; output: string }> {
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 };
  const [file, command, text] =
    language === 'ts'
      ? ['example.mjs', process.execPath, transpileModule(code, { compilerOptions }).outputText]
      : ['example.sh', 'sh', `set -e\n${code}`];
  writeFileSync(join(folder, file), text);
  const env = {
    PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: join(folder, 'home'),
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [file], {
      cwd: folder,
      env,
      timeout: TIME_LIMIT,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code: status, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code: status, output: stdout + stderr };
  }
}

describe.each(published)('the README of %s', (name) => {
  const example = exampleOf(name);

  it('has an example', () => expect(example).toBeDefined());

  it('has an example that imports these packages and Node alone', () => {
    const imports = example?.language === 'ts' ? preProcessFile(example.code, true, true).importedFiles : [];
    expect(imports.map(({ fileName }) => fileName).filter((name) => !ALLOWED.test(name))).toEqual([]);
  });

  it('has an example that runs', async () => {
    const { code, output } = await runExample(example?.language ?? 'sh', example?.code ?? 'exit 1');
    expect({ code, output }).toEqual({ code: 0, output });
  });
});

test('an example that fails is seen', async () => {
  const failing =
    "import assert from 'node:assert/strict';\nimport { describe } from '@nx-linuxkit/errors';\n";
  expect((await runExample('ts', `${failing}assert.equal(describe('a'), 'b');`)).code).toBe(1);
  expect((await runExample('ts', "import { nothing } from '@nx-linuxkit/errors';\nnothing();")).code).toBe(1);
  expect((await runExample('sh', 'false\ntrue')).code).toBe(1);
});
