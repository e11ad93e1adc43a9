import type { InspectedPackage, InspectedSystem } from '../src/system.js';
import { breakable, element, section, table } from './element.js';
import { bytes, counted } from './quantity.js';

/** The installed packages, with a search over names, versions, licences and images. */
export function packages({ packages: all }: InspectedSystem): HTMLElement {
  const lead = 'What the package managers of the images have recorded.';
  if (all.length === 0)
    return section('packages', 'Packages', lead, [
      element('p', { class: 'empty' }, ['No image has records of packages.']),
    ]);
  const shown = table(
    'Installed packages',
    columnsOf(all),
    all.map((item) => row(item).slice(0, columnsOf(all).length)),
  );
  const rows = [...shown.tBodies[0].rows];
  const texts = all.map((item) => textOf(item));
  const status = element('p', { role: 'status', class: 'found' });
  const input = element('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false' });
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = texts.map((text) => words.every((word) => text.includes(word)));
    rows.forEach((one, i) => (one.hidden = !found[i]));
    const count = found.filter(Boolean).length;
    status.textContent =
      words.length === 0 ? counted(count, 'package') : `${count} of ${counted(all.length, 'package')}`;
  };
  input.addEventListener('input', search);
  search();
  return section('packages', 'Packages', lead, [
    element('div', { class: 'search' }, [
      element('label', { for: 'search' }, ['Search packages']),
      input,
      status,
    ]),
    shown,
  ]);
}

/** Records without lists of files give no sizes: then there is no column for them. */
function columnsOf(all: readonly InspectedPackage[]) {
  return all.some(({ size }) => size > 0) ? COLUMNS : COLUMNS.slice(0, -1);
}

const COLUMNS = [
  { heading: 'Package' },
  { heading: 'Version' },
  { heading: 'Type' },
  { heading: 'Images' },
  { heading: 'Size', isNumber: true },
];

function row({ name, version, type, images, size }: InspectedPackage) {
  return [name, version, type, breakable(images.join(', ')), size > 0 ? bytes(size) : '–'];
}

function textOf({ name, version, type, images }: InspectedPackage): string {
  return [name, version, type, ...images].join('\n').toLowerCase();
}
