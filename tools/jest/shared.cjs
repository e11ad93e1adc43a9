const { availableParallelism } = require('node:os');
const { join } = require('node:path');

/**
 * A look-up of a global takes a microsecond in the context of a spec file, because Node asks the context's object for it.
 * Loops over bytes take twenty times as long for that. These globals become parameters of each module. `Buffer`, `Set`
 * and `URL` are not among them, because modules of other packages declare constants of these names.
 */
const FAST_GLOBALS = [
  ...[
    'Array',
    'ArrayBuffer',
    'BigInt',
    'DataView',
    'Error',
    'Int32Array',
    'JSON',
    'Map',
    'Math',
    'Number',
    'Object',
  ],
  ...[
    'Promise',
    'RangeError',
    'Reflect',
    'RegExp',
    'String',
    'Symbol',
    'TypeError',
    'Uint16Array',
    'Uint32Array',
  ],
  ...['Uint8Array', 'WeakMap', 'parseInt'],
];

/** What unit tests and whole systems share: packages are mapped to their sources, so that no build is needed. */
module.exports = {
  rootDir: join(__dirname, '../..'),
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  setupFilesAfterEnv: ['<rootDir>/tools/jest/equal-bytes.cjs'],
  sandboxInjectedGlobals: FAST_GLOBALS,
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  // One more than there are processors, because some specs wait.
  maxWorkers: availableParallelism() + 1,
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // Jest would find a package by its name from any folder, where Node looks in node_modules alone.
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/packages/[^/]+/package.json$'],
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  moduleNameMapper: {
    '^fast-check$': '<rootDir>/tools/jest/fast-check.cjs',
    '^@nx-linuxkit/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@nx-linuxkit/([a-z]+)/([a-z]+)$': '<rootDir>/packages/$1/src/$2',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
