// Lets Node load the TypeScript of this repository, with its packages as their sources.
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { join, dirname } = require('node:path');
const { transformSync } = require('@swc/core');

const PACKAGES = join(__dirname, '../../packages');
const OURS = /^@nx-linuxkit\/([a-z]+)(?:\/([a-z]+))?$/;

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  return sourceOf(request, parent) ?? resolveFilename.call(this, request, parent, ...rest);
};

function sourceOf(request, parent) {
  const [, name, part] = OURS.exec(request) ?? [];
  if (name) {
    const candidates = part ? [`src/${part}.ts`, `src/${part}/index.ts`] : ['src/index.ts'];
    return candidates.map((path) => join(PACKAGES, name, path)).find((path) => existsSync(path));
  }
  if (!request.startsWith('.') || !parent?.filename?.endsWith('.ts')) return undefined;
  const path = join(dirname(parent.filename), request.replace(/\.js$/, '.ts'));
  return path.endsWith('.ts') && existsSync(path) ? path : undefined;
}
