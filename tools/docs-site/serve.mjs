// `npm run docs` builds the documentation as a site and serves it; `npm run docs -- build` only builds it, into
// tools/docs-site/.vitepress/dist. The generator has its own lock file here, so that `npm ci` of the repository is light.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

const VITEPRESS = join(folder, 'node_modules/vitepress/bin/vitepress.js');

async function step(command, ...args) {
  const status = await run(command, args, { cwd: folder });
  if (status !== 0) process.exit(status);
}

if (!existsSync(VITEPRESS)) await step('npm', 'ci', '--ignore-scripts');
await step(process.execPath, VITEPRESS, 'build');
if (process.argv[2] !== 'build') await step(process.execPath, VITEPRESS, 'preview', ...process.argv.slice(2));
