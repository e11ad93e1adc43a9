import type { InspectedSystem } from '../src/system.js';
import { boot } from './boot.js';
import { element } from './element.js';
import { formats } from './formats.js';
import { header } from './header.js';
import { lastBuild } from './last-build.js';
import { packages } from './packages.js';
import { sizes } from './sizes.js';

const system = JSON.parse(document.getElementById('system')?.textContent ?? '') as InspectedSystem;
const sections = [sizes, boot, lastBuild, formats, packages].map((make) => make(system));
document.getElementById('page')?.replaceChildren(header(system, sections), element('main', {}, sections));
