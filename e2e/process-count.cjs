// NODE_OPTIONS loads this into every Node process of a build. It writes one line for each process that starts.
const { appendFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) appendFileSync(process.env.PROCESS_LOG, `${process.argv.slice(1, 3).join(' ')}\n`);
