/** Unit tests: sources beside their specs, packages mapped to their sources, so that no build is needed. */
module.exports = {
  testEnvironment: 'node',
  // Jest leaves one processor to others: of two that is half.
  maxWorkers: '100%',
  // A machine that others use takes several times as long: a time limit is there to end what hangs.
  testTimeout: 60_000,
  roots: ['<rootDir>/packages', '<rootDir>/tools', '<rootDir>/images'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
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
