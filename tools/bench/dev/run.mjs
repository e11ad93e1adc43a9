// How soon a changed file of a service is live in an emulated machine that `nx dev` runs: `npm run bench -- dev`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machineFacts } from '../machine.mjs';
import { median } from '../measure.mjs';
import { writeDocument } from '../report.mjs';
import { Workspace, repository } from '../workspace.mjs';
import { devVerdict, printDev } from './report.mjs';

const HELP = `npm run bench -- dev [--runs=5]

  --runs  how often a page of a web server changes; the median is reported
`;
const require = createRequire(import.meta.url);
const { Store } = require('../../../packages/oci');
const { PAGE, webSystem } = require('./web-system.cjs');
/** Milliseconds between two requests for the page. */
const POLL = 20;
/** Milliseconds after which a page counts as lost. */
const LATE = 300_000;
export async function benchDev(args) {
  const options = { runs: { type: 'string', default: '5' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-dev-'));
  try {
    const result = await run(base, Number(values.runs));
    save(result);
    printDev(result);
    if (!devVerdict(result).ok) process.exitCode = 1;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function run(base, runs) {
  const machine = machineFacts();
  const workspace = webWorkspace(base);
  await workspace.nx(['build', 'apps']);
  const dev = startDev(workspace);
  try {
    const port = await dev.port;
    await shows(port, 'page 0');
    const samples = [];
    for (let serial = 1; serial <= runs; serial += 1) {
      const started = performance.now();
      workspace.write({ [PAGE]: `page ${serial}\n` });
      await shows(port, `page ${serial}`);
      samples.push((performance.now() - started) / 1000);
      console.error(`  change ${serial}: live after ${samples.at(-1).toFixed(2)} s`);
    }
    return { date: new Date().toISOString().slice(0, 10), runs, machine, live: median(samples), samples };
  } finally {
    await dev.stop();
  }
}

/** A system with the base set's nginx, which has a page of the workspace's own. */
function webWorkspace(base) {
  const [plugin] = JSON.parse(readFileSync(join(repository, 'nx.json'), 'utf8')).plugins;
  return new Workspace(base, 'real', {
    plugin,
    files: webSystem('page 0\n'),
    // The base set is built once for a user, not for each measurement.
    store: Store.open().dir,
  });
}

/** Starts `nx dev`; `port` resolves when it says where the web server is. */
function startDev(workspace) {
  const nx = join(workspace.dir, 'node_modules/nx/dist/bin/nx.js');
  const child = spawn(process.execPath, [nx, 'dev', 'apps', '--publish=0:80', '--output-style=stream'], {
    cwd: workspace.dir,
    env: workspace.environment(false),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        const [, found] = /port 80 of the guest is at localhost:(\d+)/.exec(output) ?? [];
        if (found) resolve(Number(found));
      });
    }
    void ended.then((code) => reject(new Error(`nx dev ended with ${code}:\n${output.slice(-2000)}`)));
  });
  const stop = () => (process.kill(-child.pid, 'SIGTERM'), ended);
  return { port, stop };
}

/** Waits until the server's page has this text. */
async function shows(port, text) {
  const started = performance.now();
  while (performance.now() - started < LATE) {
    const answer = await fetch(`http://127.0.0.1:${port}/page.html`, { signal: AbortSignal.timeout(2000) })
      .then((response) => response.text())
      .catch(() => '');
    if (answer.startsWith(`${text}\n`)) return;
    await sleep(POLL);
  }
  throw new Error(`the guest does not show ${JSON.stringify(text)}`);
}

function save(result) {
  const folder = join(repository, 'tools/bench/results');
  const round = (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);
  writeFileSync(join(folder, 'dev.json'), `${JSON.stringify(result, round, 2)}\n`);
  writeDocument(JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')), join(repository, 'docs'));
}
