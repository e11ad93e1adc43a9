const threads = require('node:worker_threads');
const { TestEnvironment } = require('jest-environment-node');

/** Threads of Jest serve all files, such as the one that formats inline snapshots for `-u`. */
const OF_JEST = /[\\/]node_modules[\\/](@jest|jest|synckit)/;

const started = new Set();
threads.Worker = class extends threads.Worker {
  constructor(...args) {
    super(...args);
    if (OF_JEST.test(String(args[0]))) return;
    started.add(this);
    this.once('exit', () => started.delete(this));
  }
};

/**
 * Jest gives a worker half a second to end, and warns if it takes longer. Stopping the threads of all files and freeing
 * half a gigabyte of objects one by one takes longer on a busy machine, so this skips the latter.
 */
const isWorker = process.send !== undefined;
if (isWorker) process.once('beforeExit', () => process.exit());

/** Ends the threads that a spec file started: it has module instances, and so a pool of threads, of its own. */
module.exports = class extends TestEnvironment {
  async teardown() {
    await Promise.all([...started].map((thread) => thread.terminate()));
    await super.teardown();
  }
};
