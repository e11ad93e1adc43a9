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

/** Unit tests: specs lie beside their sources. */
module.exports = {
  ...require('./tools/jest/shared.cjs'),
  // A worker with a larger heap than this collects garbage for longer than a new one takes to start.
  workerIdleMemoryLimit: '500MB',
  // The limit ends tests that hang. It is generous, because a busy machine takes several times as long.
  testTimeout: 60_000,
  roots: ['<rootDir>/packages', '<rootDir>/tools', '<rootDir>/images'],
  testMatch: ['**/*.spec.ts', '!**/*.{e2e,long}.spec.ts'],
};
