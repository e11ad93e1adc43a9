// Bundles the script of page/, the stylesheet and the libraries into dist/page.html, so that the page of a system loads nothing and
// users install none of these libraries.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const home = dirname(fileURLToPath(import.meta.url));
const read = (...parts) => readFileSync(join(home, ...parts), 'utf8');

async function bundled(file) {
  const result = await build({
    absWorkingDir: home,
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2020',
    legalComments: 'none',
    logLevel: 'error',
  });
  return result.outputFiles[0].text.trim();
}

/** The licence asks that its text stays with the code. */
function licenceOf(name) {
  const folder = dirname(createRequire(import.meta.url).resolve(name));
  const licence = readFileSync(join(folder, '..', 'LICENSE'), 'utf8').trim();
  return `/* ${name}:\n${licence} */`;
}

const [script, style] = await Promise.all([bundled('page/dist/main.js'), bundled('page/style.css')]);
if (/<\/(script|style)/i.test(script + style)) throw new Error('the page would end its own script');
const parts = { style, licence: licenceOf('d3-hierarchy'), script };
const html = read('page/page.html').replace(/<!--(style|licence|script)-->/g, (_, part) => parts[part]);
writeFileSync(join(home, 'dist/page.html'), html);
