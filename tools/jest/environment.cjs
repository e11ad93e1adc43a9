const threads = require('node:worker_threads');
const { TestEnvironment } = require('jest-environment-node');

const started = new Set();
threads.Worker = class extends threads.Worker {
  constructor(...args) {
    super(...args);
    started.add(this);
    this.once('exit', () => started.delete(this));
  }
};

/**
 * Ends the threads that a spec file started. Each file has module instances of its own, so also a pool of threads of
 * its own. Jest gives a process half a second to end, which is too short for one that must end the pools of all files.
 */
module.exports = class extends TestEnvironment {
  async teardown() {
    await Promise.all([...started].map((thread) => thread.terminate()));
    await super.teardown();
  }
};
