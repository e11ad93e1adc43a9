/**
 * fast-check with one seed for all runs, so that a test says the same of the same code. Other seeds are for a person:
 * `PROPERTY_SEED=random npx jest packages/tree`, and what they find becomes an example of its own.
 */
const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');
const { PROPERTY_SEED = '1' } = process.env;
if (PROPERTY_SEED !== 'random') fc.configureGlobal({ seed: Number(PROPERTY_SEED) });
module.exports = fc;
