import type { InspectedFormat, InspectedSystem } from '../src/system.js';
import { element, section, table } from './element.js';
import { bytes, counted } from './quantity.js';

/** The formats that are there or that a build makes, and after them how to make the others. */
export function formats({ formats: all }: InspectedSystem): HTMLElement {
  const isShown = ({ isBuilt, files }: InspectedFormat) => isBuilt || files.length > 0;
  const others = all.filter((format) => !isShown(format));
  return section('formats', 'Formats', 'What a build writes, and the command that starts it.', [
    formatTable('Formats that are made', all.filter(isShown)),
    ...(others.length > 0
      ? [
          element('details', {}, [
            element('summary', {}, [counted(others.length, 'other format')]),
            formatTable('Other formats', others),
          ]),
        ]
      : []),
  ]);
}

function formatTable(caption: string, shown: readonly InspectedFormat[]): HTMLElement {
  return table(
    caption,
    [{ heading: 'Format' }, { heading: 'Files' }, { heading: 'Size', isNumber: true }, { heading: 'Start' }],
    shown.map(({ name, description, files, start }) => [
      element('div', {}, [
        element('div', { class: 'name' }, [name]),
        element('div', { class: 'image' }, [description]),
      ]),
      files.length > 0
        ? element(
            'ul',
            { class: 'paths' },
            files.map((file) => element('li', {}, [file.name])),
          )
        : element('span', { class: 'none' }, ['not made']),
      files.length > 0
        ? element(
            'ul',
            { class: 'sizes' },
            files.map((file) => element('li', {}, [bytes(file.size)])),
          )
        : '',
      element(
        'div',
        {},
        start.map((command) => element('code', {}, [command])),
      ),
    ]),
  );
}
