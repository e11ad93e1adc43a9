import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '@nx-linuxkit/testing';
import { REPOSITORY } from './workspace/packed.js';
import { openChromium, type OpenPage, type Page } from './browser/chromium.js';

const SITE = join(REPOSITORY, 'tools/docs-site/serve.mjs');
/** Milliseconds. The generator is installed, and all pages are made. */
const LIMIT = 900_000;

/** The site as `npm run docs` serves it, in Debian's Chromium. */
describe('the documentation as a site', () => {
  let server: ChildProcess;
  let browser: OpenPage;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    server = spawn(process.execPath, [SITE, '--port', `${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    await answering(url, server);
    browser = await openChromium();
    ({ page } = browser);
  }, LIMIT);
  afterAll(async () => {
    await browser?.close();
    server?.kill();
  });
  afterEach(() => expect(browser.problems).toEqual([]));

  test('the first screen says what it is, three commands, and the table of the last measurement', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(url);
    const bottom = await page.evaluate<number>(
      `Math.max(...[...document.querySelectorAll('h1, pre, table')].map((one) => one.getBoundingClientRect().bottom))`,
    );
    expect(bottom).toBeLessThan(800);
    const text = await page.evaluate<string>('document.body.innerText');
    expect(text).toContain('npx nx add nx-linuxkit');
    expect(text).toMatch(/First build\s+\d+\.\d s\s+\d+\.\d s/);
  });

  test('at 400 pixels nothing of the first page lies beside it', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(url);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
  });

  test('a search by keyboard finds a page and opens it', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(url);
    await page.click('.VPNavBarSearchButton, .DocSearch-Button');
    await page.waitForSelector('.VPLocalSearchBox input');
    await page.click('.VPLocalSearchBox input');
    await page.keyboard.type('insecure');
    await page.waitForSelector('.VPLocalSearchBox .result');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.VPDoc');
    expect(page.url()).toMatch(/\/(guide|reference)\//);
  });

  test('light and dark: the switch changes the page, its colours and its diagrams', async () => {
    await page.goto(`${url}/architecture`);
    await page.waitForSelector('.diagram svg');
    const colour = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const before = await colour();
    await page.click('.VPNavBarAppearance .VPSwitch');
    expect(await colour()).not.toBe(before);
    await page.waitForSelector('.diagram svg');
  });

  test('every page of the sidebar opens', async () => {
    await page.goto(`${url}/guide/getting-started`);
    const links = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.VPSidebar a')].map((link) => link.href)`,
    );
    expect(links.length).toBeGreaterThan(25);
    for (const link of links) {
      await page.goto(link);
      await page.waitForSelector('.VPDoc h1');
    }
  });
});

/** Waits until a server answers; throws with what it printed if it ends before. */
async function answering(url: string, server: ChildProcess): Promise<void> {
  let output = '';
  let ended = false;
  for (const stream of [server.stdout!, server.stderr!])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk).slice(-4000)));
  server.once('exit', () => (ended = true));
  for (;;) {
    if (ended) throw new Error(`the site is not served:\n${output}`);
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
