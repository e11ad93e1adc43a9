// Tries `nx migrate` from an old commit of this repository to the working tree:
//
//   node e2e/migrate/from-commit.cjs [--commit=COMMIT]
//
// The commit is built and published as its version in a Verdaccio on loopback, the working tree as 0.2.0. A workspace is
// installed, built and moved as a user does it. The program ends with status 1 if something is not as it should be.
// It takes some minutes, and the npm registry of the machine.
const { mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
require('../fuzz/typescript.cjs');
const { packCommit, withVersion } = require('./tarballs.ts');
const { tryMigration } = require('./try-migration.ts');
const { currentTarballs, startEmptyNpmRegistry } = require('../workspace/npm-registry.ts');

/** The last commit that was 0.1.0 as people have it. */
const OLD = '4c1c9f8';
const TO = '0.2.0';

async function main() {
  const { commit } = parseArgs({ options: { commit: { type: 'string', default: OLD } } }).values;
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-migrate-'));
  let registry;
  try {
    for (const name of ['old', 'new']) mkdirSync(join(folder, name));
    const old = await packCommit(commit, join(folder, 'old'));
    registry = await startEmptyNpmRegistry();
    await registry.publish(old);
    await registry.publish(await withVersion(await currentTarballs(), TO, join(folder, 'new')));
    const { problems, systems } = await tryMigration({ registry: registry.url, from: '0.1.0', to: TO });
    for (const line of [...systems, ...problems]) console.log(line);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
