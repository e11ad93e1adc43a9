// Makes the pictures of docs/images anew: Nx's own pages and the page of `nx inspect` about a system of the default template, as a person with
// the published packages sees them. Needs Debian's chromium, and playwright-core: `npm install --no-save playwright-core@1.65.1`.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Workspace, repository } from '../bench/workspace.mjs';
import { shots } from './shots.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FOLDER = join(repository, 'docs/images');
/** Bytes: a reader on a slow line waits for no picture. */
const LARGEST = 200_000;
/** Milliseconds that `nx graph` may take until it answers. */
const START_LIMIT = 120_000;
/** Milliseconds for the layout of a graph to come to rest after its canvas is there. */
const SETTLED = 5_000;

async function main() {
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-screenshots-'));
  const workspace = new Workspace(base, 'my-os', { plugin: { plugin: 'nx-linuxkit' }, files: {} });
  await workspace.nx(['g', 'nx-linuxkit:os', 'my-os']);
  await workspace.nx(['build', 'my-os']);
  await workspace.nx(['inspect', 'my-os', '--outputFile=inspect.html']);
  const graph = await startGraph(workspace);
  try {
    const inspect = pathToFileURL(join(workspace.dir, 'inspect.html')).href;
    await takeAll(await chromium(), { graph: graph.url, inspect });
  } finally {
    graph.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

/** Starts the server of `nx graph` on loopback, and waits until it answers. */
async function startGraph(workspace) {
  const port = await freePort();
  const nx = join(workspace.dir, 'node_modules/nx/dist/bin/nx.js');
  const args = [nx, 'graph', '--open=false', '--host=127.0.0.1', `--port=${port}`];
  const child = spawn(process.execPath, args, {
    cwd: workspace.dir,
    env: workspace.environment(false),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const limit = Date.now() + START_LIMIT;
  while (!(await answers(url))) {
    if (Date.now() > limit || child.exitCode !== null) throw new Error('nx graph does not answer');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { url, stop: () => child.kill() };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (url) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

async function chromium() {
  const { chromium } = await import('playwright-core').catch(() => {
    throw new Error('playwright-core is missing: npm install --no-save playwright-core@1.65.1');
  });
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

async function takeAll(browser, urls) {
  mkdirSync(FOLDER, { recursive: true });
  try {
    for (const { name, of, path, width, height, colorScheme, storage, ready } of shots) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      await page.addInitScript((items) => {
        for (const [key, value] of Object.entries(items)) globalThis.localStorage.setItem(key, value);
      }, storage ?? {});
      await page.goto(`${urls[of]}${path}`, { waitUntil: 'networkidle' });
      await page.waitForSelector(ready);
      await page.waitForTimeout(SETTLED);
      const file = join(FOLDER, `${name}.png`);
      await page.screenshot({ path: file });
      await page.close();
      const { size } = statSync(file);
      console.log(`${file}: ${size} bytes`);
      if (size > LARGEST) throw new Error(`${name}.png has ${size} bytes, expected at most ${LARGEST}`);
    }
  } finally {
    await browser.close();
  }
}

await main();
