import type { InspectedPackage, InspectedSystem } from '../src/system.js';
import { breakable, element, section, table } from './element.js';
import { bytes, counted } from './quantity.js';

/** The installed packages, with a search over names, versions, licences and images. */
export function packages({ packages: all }: InspectedSystem): HTMLElement {
  const lead =
    'What the images say of themselves: records of package managers, lock files, and lists in programs of Go and Rust.';
  if (all.length === 0)
    return section('packages', 'Packages', lead, [
      element('p', { class: 'empty' }, ['No image says which packages it has.']),
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

/** Where nothing lists the files of any package there is no column for sizes. */
function columnsOf(all: readonly InspectedPackage[]) {
  return all.some(({ size }) => size > 0) ? COLUMNS : COLUMNS.slice(0, -1);
}

const COLUMNS = [
  { heading: 'Package' },
  { heading: 'Version' },
  { heading: 'Type' },
  { heading: 'Licence' },
  { heading: 'Images' },
  { heading: 'Size', isNumber: true },
];

function row({ name, version, type, license, images, size }: InspectedPackage) {
  return [
    breakable(name),
    version,
    type,
    license ?? 'unknown',
    breakable(images.join(', ')),
    size > 0 ? bytes(size) : '–',
  ];
}

function textOf({ name, version, type, license = 'unknown', images }: InspectedPackage): string {
  return [name, version, type, license, ...images].join('\n').toLowerCase();
}
