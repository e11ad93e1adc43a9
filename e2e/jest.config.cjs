const unit = require('../jest.config.cjs');
const { join } = require('node:path');

/**
 * Whole systems: registries, workspaces, boots. One after the other, because each keeps both cores busy, and
 * with time for a machine that is emulated on a busy host.
 */
module.exports = {
  ...unit,
  rootDir: join(__dirname, '..'),
  roots: ['<rootDir>/e2e'],
  testMatch: ['**/*.e2e.spec.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
