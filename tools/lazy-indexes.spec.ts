import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PACKAGES = join(__dirname, '../packages');
const TOOL = join(__dirname, 'lazy-indexes.mjs');

/** Runs code as a module and reads what it prints as JSON. */
function evaluate<T>(code: string): T {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  return JSON.parse(output) as T;
}

const lazyIndex = (text: string) =>
  evaluate<{ made: string | null }>(
    `import { lazyIndex } from ${JSON.stringify(pathToFileURL(TOOL))};
    console.log(JSON.stringify({ made: lazyIndex(${JSON.stringify(text)}) ?? null }));`,
  ).made;

const INDEX = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.b = exports.a = void 0;
/** What the package has. */
var c_js_1 = require("./c.js");
Object.defineProperty(exports, "a", { enumerable: true, get: function () { return c_js_1.a; } });
Object.defineProperty(exports, "b", { enumerable: true, get: function () { return c_js_1.inner; } });
`;

/** Runs a lazy index whose modules `load` gives, and returns what it exports. */
function exportsOf(made: string, load: (file: string) => unknown): Record<string, unknown> {
  const index: Record<string, unknown> = {};
  new Function('exports', 'require', made)(index, load);
  return index;
}

test('an index loads a module when one of its names is first used', () => {
  const made = lazyIndex(INDEX) as string;
  const loads: string[] = [];
  const index = exportsOf(made, (file) => (loads.push(file), { a: 1, inner: 2 }));
  expect(Object.keys(index).sort()).toEqual(['a', 'b']);
  expect(loads).toEqual([]);
  expect([index.a, index.b, index.a]).toEqual([1, 2, 1]);
  expect(loads).toEqual(['./c.js']);
  expect(lazyIndex(made)).toBeNull();
});

test('a name has the value that its module gives it last, while modules load each other too', () => {
  const module: Record<string, unknown> = {};
  const index = exportsOf(lazyIndex(INDEX) as string, () => module);
  expect(index.a).toBeUndefined();
  module.a = 1;
  expect(index.a).toBe(1);
  module.a = 2;
  expect(index.a).toBe(2);
});

test('a module that fails to load says why each time', () => {
  const index = exportsOf(lazyIndex(INDEX) as string, () => {
    throw new Error('gone');
  });
  expect(() => index.a).toThrow('gone');
  expect(() => index.a).toThrow('gone');
});

test('a word of the language may be a name', () => {
  const made = lazyIndex(INDEX.replaceAll('exports.b', 'exports.default').replace('"b"', '"default"'));
  expect(exportsOf(made as string, () => ({ a: 1, inner: 2 })).default).toBe(2);
});

test.each([
  ['a statement of its own', 'console.log(1);'],
  ['a statement behind a comment', '/** Registers itself. */ register();'],
  ['a module that is loaded for its effects', 'require("./d.js");'],
  ['a module that it uses itself', 'const d_js_1 = require("./d.js");'],
  ['the default of another module', 'var d_js_1 = __importDefault(require("./d.js"));'],
  ['all names of another module', '__exportStar(require("./d.js"), exports);'],
])('a module with %s stays as it is', (_, line) => {
  expect(lazyIndex(`${INDEX}${line}\n`)).toBeNull();
});

test('every compiled index has the same names for `require` and for `import`, and a value for each', () => {
  const indexes = readdirSync(PACKAGES).flatMap((name) => {
    const dist = join(PACKAGES, name, 'dist');
    return readdirSync(dist, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => join(dist, file))
      .filter((file) => readFileSync(file, 'utf8').includes('\nlazy("'));
  });
  expect(indexes.length).toBeGreaterThan(20);
  const wrong = evaluate<string[]>(`
    import { createRequire } from 'node:module';
    const require = createRequire(${JSON.stringify(TOOL)});
    const wrong = [];
    for (const file of ${JSON.stringify(indexes)}) {
      const required = require(file);
      const imported = await import(file);
      for (const name of Object.keys(required))
        if (required[name] === undefined || imported[name] !== required[name]) wrong.push(file + ' ' + name);
    }
    console.log(JSON.stringify(wrong));`);
  expect(wrong).toEqual([]);
});
