import type { InspectedSystem, SizeNode } from '../src/system.js';
import { breakable, element, section, table } from './element.js';
import { shownParts } from './map-layout.js';
import { SizeMap } from './size-map.js';
import { bytes, counted, share } from './quantity.js';

/** Parts that the list beside the map names. */
const LISTED = 12;

/** The map of sizes, the way to what it shows, and the same as a list. */
export function sizes(system: InspectedSystem): HTMLElement {
  const whole = system.content;
  const trail = element('ol', { class: 'trail' });
  const list = element('div', { class: 'parts' });
  let path: readonly SizeNode[] = [whole];
  const map = new SizeMap(whole.size, {
    open: (further) => show([...path, ...further]),
    up: () => path.length > 1 && show(path.slice(0, -1)),
  });
  const show = (next: readonly SizeNode[]) => {
    path = next;
    const shown = path[path.length - 1];
    trail.replaceChildren(
      ...path.map((node, i) => step(node, i === path.length - 1, () => show(path.slice(0, i + 1)))),
    );
    list.replaceChildren(listOf(shown, whole.size, (node) => show([...path, node])));
    map.show(shown);
  };
  show(path);
  return section(
    'sizes',
    'Sizes',
    'Unpacked bytes by image, layer, package and file. Click or press Enter to look inside, Escape to go back.',
    [
      element('nav', { 'aria-label': 'Where the map is' }, [trail]),
      element('div', { class: 'map-and-list' }, [map.element, list]),
      imagesOf(system),
    ],
  );
}

function step(node: SizeNode, isLast: boolean, open: () => void): HTMLElement {
  const name = isLast
    ? element('span', { 'aria-current': 'location' }, [node.name])
    : element('button', { type: 'button' }, [node.name]);
  name.addEventListener('click', () => !isLast && open());
  return element('li', {}, [name]);
}

function listOf(shown: SizeNode, whole: number, open: (node: SizeNode) => void): HTMLElement {
  const parts = shownParts(shown);
  const rows = parts.slice(0, LISTED).map((node) => {
    const name = node.children
      ? element('button', { type: 'button', class: 'open' }, [breakable(node.name)])
      : element('span', {}, [breakable(node.name)]);
    name.addEventListener('click', () => node.children && open(node));
    return [name, bytes(node.size), share(node.size, whole)];
  });
  return element('div', {}, [
    element('h3', {}, [breakable(shown.name)]),
    element('p', { class: 'total' }, [`${bytes(shown.size)}, ${share(shown.size, whole)} of the system`]),
    table(
      `What is in ${shown.name}`,
      [{ heading: 'Part' }, { heading: 'Size', isNumber: true }, { heading: 'Share', isNumber: true }],
      rows,
    ),
    parts.length > LISTED
      ? element('p', { class: 'more' }, [`and ${counted(parts.length - LISTED, 'more part')}`])
      : undefined,
  ]);
}

function imagesOf({ images, unpacked }: InspectedSystem): HTMLElement {
  return element('details', {}, [
    element('summary', {}, ['Images, packed and unpacked']),
    table(
      'What each image brings',
      [
        { heading: 'Image' },
        { heading: 'Packed', isNumber: true },
        { heading: 'Unpacked', isNumber: true },
        { heading: 'Share', isNumber: true },
        { heading: 'Files', isNumber: true },
      ],
      images.map((image) => [
        breakable(image.name),
        bytes(image.packed),
        bytes(image.unpacked),
        share(image.unpacked, unpacked),
        image.files.toLocaleString('en'),
      ]),
    ),
  ]);
}
