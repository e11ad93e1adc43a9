import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withVersion } from './migrate/tarballs.js';
import { tryMigration } from './migrate/try-migration.js';
import { currentTarballs, startNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';

let registry: NpmRegistry;
const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-migrate-'));
beforeAll(async () => {
  registry = await startNpmRegistry();
  await registry.publish(await withVersion(await currentTarballs(), '0.2.0', folder));
}, 600_000);
afterAll(async () => {
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('`nx migrate` finds the migrations in the registry, moves all packages together, and the workspace builds', async () => {
  const { problems, systems } = await tryMigration({ registry: registry.url, from: '0.1.0', to: '0.2.0' });
  expect(problems).toEqual([]);
  for (const system of systems) expect(system).toMatch(/, the same bytes$|exit 0 with 0.2.0$/);
}, 900_000);
