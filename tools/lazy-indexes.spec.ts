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

test('an index loads a module when one of its names is first used, and passes on the value', () => {
  const made = lazyIndex(INDEX) as string;
  const run = new Function('exports', 'require', 'module', made);
  const loads: string[] = [];
  const index: Record<string, unknown> = {};
  run(index, (file: string) => (loads.push(file), { a: 1, inner: 2 }), {});
  expect(Object.keys(index)).toEqual(['a', 'b']);
  expect(loads).toEqual([]);
  expect([index.a, index.b, index.a]).toEqual([1, 2, 1]);
  expect(loads).toEqual(['./c.js', './c.js']);
  expect(lazyIndex(made)).toBeNull();
});

test.each([
  ['a statement of its own', 'console.log(1);'],
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
