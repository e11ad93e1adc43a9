// Makes compiled indexes lazy: a module that only passes on what others export loads each of these when one of its names is
// first used. A small build takes a third of what the packages have, and Node needs longer to find and compile a module
// than most of them run.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of an index, as TypeScript compiles `export { a as b } from './c.js'`. */
const HEAD = /^"use strict";$|^Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);$/;
/** Node looks here for the names that an import can have. */
const UNSET = /^(exports\.\w+ = )+void 0;$/;
const LOAD = /^var (\w+) = require\("([^"]+)"\);$/;
const NAME =
  /^Object\.defineProperty\(exports, "(\w+)", \{ enumerable: true, get: function \(\) \{ return (\w+)\.(\w+); \} \}\);$/;
/** A comment with code behind its end is none. */
const COMMENT = /^\s*(\/\/.*|(\/\*\*|\*)((?!\*\/).)*(\*\/)?)?$/;

/** Node leaves out a name whose getter it finds in the text and does not know, so these are made by a function. */
const LAZY = 'function lazy(name, get) { Object.defineProperty(exports, name, { enumerable: true, get }); }';

/** Rewrites the indexes below a folder with compiled code. */
export function makeIndexesLazy(dist) {
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const file = join(dist, name);
    const made = lazyIndex(readFileSync(file, 'utf8'));
    if (made !== undefined) writeFileSync(file, made);
  }
}

/**
 * The lazy form of a compiled module; undefined for one that does something itself, or is lazy already. A getter asks the module
 * each time, as TypeScript's own does: what it exports may change, and is absent while modules that need each other load.
 */
export function lazyIndex(text) {
  const files = new Map();
  const getters = [];
  const lines = [];
  for (const line of text.split('\n')) {
    const [load, name] = [LOAD.exec(line), NAME.exec(line)];
    if (load) files.set(load[1], load[2]);
    else if (name && files.has(name[2])) getters.push(name);
    else if ([HEAD, UNSET, COMMENT].some((known) => known.test(line))) lines.push(line);
    else return undefined;
  }
  if (getters.length === 0) return undefined;
  return [
    ...lines.filter((line) => !COMMENT.test(line)),
    LAZY,
    `var ${[...files.keys()].join(', ')};`,
    ...getters.map(
      ([, as, module, name]) =>
        `lazy("${as}", function () { return (${module} ??= require("${files.get(module)}")).${name}; });`,
    ),
    '',
  ].join('\n');
}
