/** Whole systems: registries, workspaces, boots. Those of one package alone lie beside its sources. */
module.exports = {
  ...require('../tools/jest/shared.cjs'),
  roots: ['<rootDir>/e2e', '<rootDir>/packages'],
  // `npm run test:long` adds suites that are too long for `npm test`; e2e/sample.ts reads the same variable.
  testMatch: ['**/*.e2e.spec.ts', ...(process.env.TEST_LONG === '1' ? ['**/*.long.spec.ts'] : [])],
  // An emulated machine is slow, and the host may be busy.
  testTimeout: 300_000,
  // An emulated machine uses one processor, and so does Nx for most of a command.
  maxWorkers: 2,
};
