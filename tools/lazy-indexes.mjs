// Makes compiled indexes lazy: a module that only passes on what others export loads each of these when one of its names is
// first used. A small build takes a third of what the packages have, and Node needs longer to find and compile a module
// than most of them run.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of an index, as TypeScript compiles `export { a as b } from './c.js'`. */
const HEAD = /^"use strict";$|^Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);$/;
const UNSET = /^exports\.\w+ = .*void 0;$/;
const LOAD = /^var (\w+) = require\("([^"]+)"\);$/;
const NAME =
  /^Object\.defineProperty\(exports, "(\w+)", \{ enumerable: true, get: function \(\) \{ return (\w+)\.(\w+); \} \}\);$/;
const COMMENT = /^\s*(\/\/.*|\/\*\*.*|\*.*)?$/;

/** Rewrites the indexes below a folder with compiled code. */
export function makeIndexesLazy(dist) {
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const file = join(dist, name);
    const made = lazyIndex(readFileSync(file, 'utf8'));
    if (made !== undefined) writeFileSync(file, made);
  }
}

/** The lazy form of a compiled module; undefined for one that does something itself, or is lazy already. */
export function lazyIndex(text) {
  const [files, names] = [new Map(), []];
  for (const line of text.split('\n')) {
    const [load, name] = [LOAD.exec(line), NAME.exec(line)];
    if (load) files.set(load[1], load[2]);
    else if (name) names.push({ as: name[1], file: files.get(name[2]), name: name[3] });
    else if (![HEAD, UNSET, COMMENT].some((known) => known.test(line))) return undefined;
  }
  if (names.length === 0) return undefined;
  return [
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    'function lazy(name, load) {',
    '    const found = (value) => Object.defineProperty(exports, name, { enumerable: true, configurable: true, value });',
    '    const get = () => { const value = load(); if (value !== undefined) found(value); return value; };',
    '    Object.defineProperty(exports, name, { enumerable: true, configurable: true, get });',
    '}',
    ...names.map(({ as, file, name }) => `lazy("${as}", () => require("${file}").${name});`),
    '// Node looks for the names that an import can have in such a list.',
    `0 && (module.exports = { ${names.map(({ as }) => as).join(', ')} });`,
    '',
  ].join('\n');
}
