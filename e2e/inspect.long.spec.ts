import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspectPage } from '@nx-linuxkit/inspect';
import { SAMPLE } from '../packages/inspect/src/__tests__/sample-system.js';
import { openChromium, type OpenPage, type Page } from './browser/chromium.js';
import { oneSystem, type OneSystem } from './graph/one-system.js';

/** Milliseconds. Playwright is installed the first time. */
const LIMIT = 300_000;

/** The page of a real system, and of one that has something in every section, in Debian's Chromium. */
describe('the page of a system', () => {
  let system: OneSystem;
  let browser: OpenPage;
  let page: Page;
  let real: string;
  let sample: string;
  const requests: string[] = [];

  beforeAll(async () => {
    system = await oneSystem();
    const { workspace } = system;
    await workspace.succeed('build', 'one');
    await workspace.succeed('inspect', 'one', '--outputFile=one.html');
    writeFileSync(join(workspace.dir, 'sample.html'), inspectPage(SAMPLE));
    [real, sample] = ['one.html', 'sample.html'].map((name) => pathToFileURL(join(workspace.dir, name)).href);
    browser = await openChromium();
    ({ page } = browser);
    page.on('request', (request) => requests.push(request.url()));
  }, LIMIT);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });
  beforeEach(async () => {
    requests.length = 0;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(sample);
  });
  afterEach(() => expect(browser.problems).toEqual([]));

  const text = (selector: string) =>
    page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  const count = (selector: string) =>
    page.evaluate<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`);

  test.each(['real', 'sample'])(
    'the %s page shows every section and asks for nothing but itself',
    async (which) => {
      const url = which === 'real' ? real : sample;
      requests.length = 0;
      await page.goto(url);
      await page.waitForSelector('.cell');
      const headings = await page.evaluate<string[]>(
        `[...document.querySelectorAll('h2')].map((one) => one.innerText)`,
      );
      expect(headings).toEqual(['Sizes', 'Boot order', 'Last build', 'Formats', 'Packages']);
      expect(requests.filter((one) => !one.startsWith('data:'))).toEqual([url]);
    },
  );

  test('a search leaves the packages that have all its words, and says how many', async () => {
    await page.focus('#search');
    await page.keyboard.type('NGINX 1.27.2');
    expect(await text('[role=status]')).toBe('1 of 2 packages');
    expect(await count('#packages tbody tr:not([hidden])')).toBe(1);
    await page.keyboard.type(' absent');
    expect(await text('[role=status]')).toBe('0 of 2 packages');
    await page.fill('#search', 'lgpl-2.1');
    expect(await text('#packages tbody tr:not([hidden])')).toMatch(/libc6[^]*LGPL-2\.1-or-later/);
  });

  test('a part that is hovered or has the focus says its whole name, its size and its share', async () => {
    await page.hover('.cell:not(.group)');
    expect(await text('.tooltip')).toMatch(/^usr\/bin\/containerd\n48\.0 MB, 66 % of the system$/);
    await page.focus('.cell[tabindex="0"]');
    expect(await text('.tooltip')).toContain('docker.io/linuxkit/containerd:v1.0');
    await page.focus('#search');
    expect(await count('.tooltip:not([hidden])')).toBe(0);
  });

  test('by keyboard: one stop in the map, arrows move, Enter looks inside, Escape goes back', async () => {
    expect(await count('.cell[tabindex="0"]')).toBe(1);
    const focused = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
    await page.focus('.cell[tabindex="0"]');
    const first = await focused();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).not.toBe(first);
    await page.keyboard.press('Home');
    expect(await focused()).toBe(first);
    await page.keyboard.press('Enter');
    expect(await text('.trail')).toContain('docker.io/linuxkit/containerd:v1.0');
    expect(await focused()).toContain('usr/bin/containerd');
    await page.keyboard.press('Escape');
    expect(await text('.trail')).toBe('sample');
  });

  test('the list beside the map looks inside too, down to a file of a package', async () => {
    await page.click('.parts tbody tr:nth-child(2) .open');
    await page.click('.parts tbody tr:nth-child(1) .open');
    expect(await text('.trail')).toMatch(/layer 1 of 2$/);
    expect(await text('.parts table')).toContain('</script><b>name');
    expect(await count('.parts b')).toBe(0);
  });

  test('every control and every table has a name', async () => {
    const nameless = await page.evaluate<string[]>(`
      [...document.querySelectorAll('button, a, input, summary')]
        .filter((one) => !(one.innerText || one.getAttribute('aria-label') || one.labels?.length))
        .map((one) => one.outerHTML)`);
    expect(nameless).toEqual([]);
    expect(await count('table')).toBe(await count('table > caption'));
  });

  test.each([
    ['real', 400],
    ['sample', 400],
    ['sample', 320],
  ])('the %s page at %d pixels has nothing beside it', async (which, width) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(which === 'real' ? real : sample);
    await page.evaluate(`document.querySelectorAll('details').forEach((one) => (one.open = true))`);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  test('light and dark follow the machine until a person chooses, and texts keep their contrast', async () => {
    const colour = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await colour();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await colour();
    expect(dark).not.toBe(light);
    expect(await page.evaluate<number>(LEAST_CONTRAST)).toBeGreaterThanOrEqual(4.5);
    await page.click('.theme');
    expect(await colour()).toBe(light);
    expect(await page.evaluate<number>(LEAST_CONTRAST)).toBeGreaterThanOrEqual(4.5);
  });
});

/**
 * The least contrast of a text with what lies behind it, as WCAG 2.2 computes it (https://www.w3.org/TR/WCAG22/#contrast-minimum,
 * which asks for 4.5). Opacity of a text counts as what it is mixed with.
 */
const LEAST_CONTRAST = `(() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3)
    .map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    const colour = parse(getComputedStyle(one).backgroundColor);
    return colour[3] === 0 ? behind(one.parentElement) : colour;
  };
  const texts = [...document.querySelectorAll('#page *')].filter((one) =>
    one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return Math.min(...texts.map((one) => {
    const style = getComputedStyle(one);
    const ground = behind(one);
    const ink = parse(style.color).map((value, i) => value * style.opacity + ground[i] * (1 - style.opacity));
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
})()`;
