import type { InspectedSystem } from '../src/system.js';
import { element } from './element.js';
import { bytes, counted, duration } from './quantity.js';

/** Name, platform, a few numbers, links to the sections, and the switch between light and dark. */
export function header(system: InspectedSystem, sections: readonly HTMLElement[]): HTMLElement {
  return element('header', {}, [
    element('div', { class: 'title' }, [
      element('h1', {}, [system.name]),
      element('p', {}, [`${system.platform} · ${system.file}`]),
      themeSwitch(),
    ]),
    element(
      'dl',
      { class: 'numbers' },
      numbersOf(system).map(([name, value]) =>
        element('div', {}, [element('dt', {}, [name]), element('dd', {}, [value])]),
      ),
    ),
    element('nav', { 'aria-label': 'Sections' }, [
      ...sections.map((section) =>
        element('a', { href: `#${section.id}` }, [section.querySelector('h2')?.textContent ?? '']),
      ),
    ]),
  ]);
}

function numbersOf(system: InspectedSystem): [string, string][] {
  const { packed, unpacked, steps, packages, build } = system;
  const took = build?.tasks.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const containers = steps.filter(({ container }) => container).length;
  return [
    ['Initrd', bytes(packed)],
    ['Unpacked', bytes(unpacked)],
    ['Containers', `${containers}`],
    ['Packages', packages.length.toLocaleString('en')],
    ...(build && took !== undefined
      ? [['Last build', `${counted(build.tasks.length, 'task')}, ${duration(took)}`] as [string, string]]
      : []),
  ];
}

/** The page follows the system's setting until a person chooses. */
function themeSwitch(): HTMLButtonElement {
  const root = document.documentElement;
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const button = element('button', { type: 'button', class: 'theme' });
  const show = () => (button.textContent = isDark() ? 'Light' : 'Dark');
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    show();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  show();
  return button;
}
