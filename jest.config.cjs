const { availableParallelism } = require('node:os');
const { statfsSync } = require('node:fs');

/**
 * Specs make and remove thousands of small files, which a file system in memory does in a third of the time. What they
 * have at once is below 1 GiB; containers give /dev/shm 64 MiB, which is left alone.
 */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4 * 2 ** 30;
if (process.env.TMPDIR === undefined && freeBytes(MEMORY) >= ENOUGH_BYTES) process.env.TMPDIR = MEMORY;

function freeBytes(folder) {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** Unit tests: specs lie beside their sources, and packages are mapped to their sources, so that no build is needed. */
module.exports = {
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  // One more than there are processors, because some specs wait.
  maxWorkers: availableParallelism() + 1,
  // The limit ends tests that hang. It is generous, because a busy machine takes several times as long.
  testTimeout: 60_000,
  roots: ['<rootDir>/packages', '<rootDir>/tools', '<rootDir>/images'],
  testMatch: ['**/*.spec.ts'],
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
