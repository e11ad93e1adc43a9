const { availableParallelism } = require('node:os');
const { join } = require('node:path');

/** What unit tests and whole systems share: packages are mapped to their sources, so that no build is needed. */
module.exports = {
  rootDir: join(__dirname, '../..'),
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  setupFilesAfterEnv: ['<rootDir>/tools/jest/equal-bytes.cjs'],
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
