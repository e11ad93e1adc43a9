/**
 * Gives fast-check one seed for all runs, so that a test says the same about the same code. To try other seeds, run
 * `PROPERTY_SEED=random npx jest packages/tree`, and add what they find as an example.
 */
const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');
const { PROPERTY_SEED = '1' } = process.env;
if (PROPERTY_SEED !== 'random') fc.configureGlobal({ seed: Number(PROPERTY_SEED) });
module.exports = fc;
