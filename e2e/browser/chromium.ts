import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installedTool } from '../workspace/installed-tool.js';

const PLAYWRIGHT = { name: 'playwright-core', version: '1.65.1' };

/** What tests use of Playwright, which the repository does not depend on. */
export interface Page {
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  goto(url: string): Promise<unknown>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  emulateMedia(media: { colorScheme: 'light' | 'dark' }): Promise<void>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  hover(selector: string): Promise<void>;
  focus(selector: string): Promise<void>;
  waitForSelector(selector: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  url(): string;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
}

/** A browser with one page. */
export interface OpenPage {
  readonly page: Page;
  /** What the page has complained about so far: errors of the console and of its scripts. */
  readonly problems: string[];
  close(): Promise<void>;
}

interface Launcher {
  launch(options: { executablePath: string; args: readonly string[] }): Promise<{
    newPage(): Promise<Page>;
    close(): Promise<void>;
  }>;
}

/** Opens a page in Debian's Chromium. */
export async function openChromium(): Promise<OpenPage> {
  const load = createRequire(join(await installedTool(PLAYWRIGHT), 'package.json'));
  const { chromium } = load('playwright-core') as { chromium: Launcher };
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
  return { page, problems, close: () => browser.close() };
}
