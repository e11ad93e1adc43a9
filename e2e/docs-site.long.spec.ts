import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { freePort } from '@nx-linuxkit/testing';
import { REPOSITORY } from './workspace/packed.js';
import { installedTool } from './workspace/installed-tool.js';

const SITE = join(REPOSITORY, 'tools/docs-site/serve.mjs');
const PLAYWRIGHT = { name: 'playwright-core', version: '1.65.1' };
/** Milliseconds. The generator is installed, and all pages are made. */
const LIMIT = 900_000;

/** What these tests use of Playwright, which the repository does not depend on. */
interface Page {
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  goto(url: string): Promise<unknown>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  click(selector: string): Promise<void>;
  waitForSelector(selector: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  url(): string;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
}
interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Launcher {
  launch(options: { executablePath: string; args: readonly string[] }): Promise<Browser>;
}

/** The site as `npm run docs` serves it, in Debian's Chromium. */
describe('the documentation as a site', () => {
  let server: ChildProcess;
  let browser: Browser;
  let page: Page;
  let url: string;
  const problems: string[] = [];

  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    server = spawn(process.execPath, [SITE, '--port', `${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    await answering(url, server);
    const load = createRequire(join(await installedTool(PLAYWRIGHT), 'package.json'));
    const { chromium } = load('playwright-core') as { chromium: Launcher };
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
  }, LIMIT);
  afterAll(async () => {
    await browser?.close();
    server?.kill();
  });
  afterEach(() => expect(problems).toEqual([]));

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
