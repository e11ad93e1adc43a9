import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InspectedSystem } from './system.js';

/** The page without a system, which `build-page.mjs` makes. */
const TEMPLATE = join(__dirname, '..', 'dist', 'page.html');

/** What the template has in place of the name and of the data. */
const NAME = '<!--name-->';
const DATA = '/*system*/';

/** Writes a system as one HTML file that loads nothing. Equal systems give equal bytes. */
export function inspectPage(system: InspectedSystem): string {
  const [before, rest] = cut(readFileSync(TEMPLATE, 'utf8'), NAME);
  const [between, after] = cut(rest, DATA);
  return [before, asText(system.name), between, asScript(system), after].join('');
}

function cut(text: string, at: string): [string, string] {
  const found = text.indexOf(at);
  if (found === -1) throw new Error(`the template of the page lacks ${at}`);
  return [text.slice(0, found), text.slice(found + at.length)];
}

function asText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that ends no script element, whatever the names of files are. */
function asScript(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}
