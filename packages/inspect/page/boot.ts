import type { BootContainer, InspectedSystem } from '../src/system.js';
import { element, section, table } from './element.js';

/** The order of a boot, with what each container may do. */
export function boot({ steps }: InspectedSystem): HTMLElement {
  const columns = ['Step', 'Capabilities', 'Binds', 'Ports', 'Shares'].map((heading) => ({ heading }));
  const rows = steps.map(({ section: place, name, image, container }, i) => [
    element('div', { class: 'step' }, [
      element('span', { class: 'position' }, [`${i + 1}`]),
      element('div', {}, [
        element('div', { class: 'name' }, [
          name,
          element('span', { class: 'place' }, [container?.readonly ? `${place}, read-only` : place]),
        ]),
        element('div', { class: 'image' }, [image === name ? '' : image]),
      ]),
    ]),
    ...(container ? cellsOf(container) : ['', '', '', '']),
  ]);
  return section(
    'boot',
    'Boot order',
    'The kernel unpacks the initrd and starts init, which runs the containers from top to bottom. Services start together.',
    [table('The order of a boot', columns, rows)],
  );
}

function cellsOf({ capabilities, binds, ports, shares }: BootContainer): Node[] {
  const names = capabilities.map((name) => name.replace(/^CAP_/, ''));
  return [list(names, 'chips'), list(binds, 'paths'), list(ports, 'chips'), list(shares, 'chips')];
}

function list(texts: readonly string[], kind: string): HTMLElement {
  if (texts.length === 0) return element('span', { class: 'none' }, ['none']);
  return element(
    'ul',
    { class: kind },
    texts.map((text) => element('li', {}, [text])),
  );
}
