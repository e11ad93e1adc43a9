const hooks = require('node:async_hooks');
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
 * Jest has a storage for each spec file, and Node copies all storages of a process into each promise, so that the last
 * files of a worker would pay for the first ones.
 */
const storages = new Set();
hooks.AsyncLocalStorage = class extends hooks.AsyncLocalStorage {
  constructor(...args) {
    super(...args);
    storages.add(this);
  }
};

/**
 * Jest gives a worker half a second to end, and warns if it takes longer. Stopping the threads of all files and freeing
 * half a gigabyte of objects one by one takes longer on a busy machine, so this skips the latter.
 */
const isWorker = process.send !== undefined;
if (isWorker) process.once('beforeExit', () => process.exit());

/** Ends what a spec file started: it has module instances, and so threads and storages, of its own. */
module.exports = class extends TestEnvironment {
  async teardown() {
    await Promise.all([...started].map((thread) => thread.terminate()));
    for (const storage of storages) storage.disable();
    storages.clear();
    await super.teardown();
  }
};
