// Restoring a build from a registry, beside a static server on loopback that has the same entries: `npm run bench -- cache`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, median } from '../measure.mjs';
import { aligned } from '../table.mjs';
import { seconds } from '../targets.mjs';
import { Workspace, repository } from '../workspace.mjs';

const HELP = `npm run bench -- cache [--runs=5]

  --runs  how often examples/my-os is restored in each way, in turns; medians are reported
`;
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const { startBareRegistry } = require('../../../packages/testing');
const { Store } = require('../../../packages/oci');
const OS = 'my-os';
const FILE = `examples/${OS}/linuxkit.yml`;
const BUILD = ['build', OS, '--output-style=static'];
/** The ratio to aim at. */
const AIM = 1.2;

export async function benchCache(args) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-cache-bench-'));
  const registry = await startBareRegistry();
  const server = await startStatic(join(base, 'static'));
  try {
    const [plugin] = JSON.parse(readFileSync(join(repository, 'nx.json'), 'utf8')).plugins;
    const files = { [FILE]: readFileSync(join(repository, FILE), 'utf8') };
    const workspace = new Workspace(base, 'real', { plugin, files, store: Store.open().dir });
    const ways = {
      static: () => workspace.nx(BUILD, { env: server.env }),
      cache: () => throughCache(workspace, `oci://${registry.host}/bench/cache`),
    };
    await workspace.nx(['lock', OS]);
    const samples = { static: [], cache: [] };
    for (let run = 0; run <= Number(values.runs); run += 1) {
      for (const [way, build] of Object.entries(ways)) {
        workspace.clear({ store: false });
        const sample = await build();
        // The first run of each stores what the others restore.
        if (run > 0) samples[way].push({ ...sample, executed: workspace.executed().length });
      }
    }
    print(samples);
  } finally {
    server.child.kill();
    await registry.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

/** The same command as a user's, with the wrapper. */
async function throughCache(workspace, to) {
  const bin = (name) => join(workspace.dir, 'node_modules', name);
  const nx = [process.execPath, bin('nx/dist/bin/nx.js'), ...BUILD];
  const result = await measure(
    process.execPath,
    [bin('@nx-linuxkit/cache/bin/nx-linuxkit-cache.cjs'), '--to', to, '--', ...nx],
    { cwd: workspace.dir, env: workspace.environment(false) },
  );
  if (result.code !== 0) throw new Error(`the build ended with ${result.code}:\n${result.output}`);
  return result;
}

async function startStatic(folder) {
  mkdirSync(folder);
  const child = spawn(process.execPath, [join(here, 'static-server.mjs'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  const env = {
    NX_SELF_HOSTED_REMOTE_CACHE_SERVER: url,
    NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: 'token',
  };
  return { child, env };
}

function print(samples) {
  const of = (way, key) => median(samples[way].map((sample) => sample[key]));
  const row = (title, way) => [
    title,
    seconds(of(way, 'wall')),
    seconds(of(way, 'cpu')),
    String(Math.max(...samples[way].map(({ executed }) => executed))),
  ];
  console.log(
    aligned([
      ['Restored from', 'Wall', 'CPU', 'Tasks run'],
      row('static server', 'static'),
      row('registry', 'cache'),
    ]),
  );
  const ratios = samples.cache.map(({ wall }, i) => wall / samples.static[i].wall);
  console.log(
    `\nratio ${median(ratios).toFixed(2)} (aim ${AIM}); of each pair ${ratios.map((r) => r.toFixed(2)).join(', ')}`,
  );
}
