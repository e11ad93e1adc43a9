const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

/**
 * Writes what became of each test to the file that JEST_REPORT names. `jest --json` also writes the errors, and ends
 * without a report where an error refers to itself, as those of child processes do.
 */
module.exports = class Reporter {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, { testResults }) {
    const files = testResults.map((file) => ({
      name: relative(this.rootDir, file.testFilePath),
      status: file.numFailingTests > 0 || file.testExecError ? 'failed' : 'passed',
      message: file.failureMessage ?? '',
      assertionResults: file.testResults.map(({ fullName, status }) => ({ fullName, status })),
    }));
    writeFileSync(process.env.JEST_REPORT, JSON.stringify(files));
  }
};
