type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Makes an element. Texts become text nodes, so that a name in an image is never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? '' : `${value}`);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A name that may break after a slash or a colon, and nowhere inside a word that fits. */
export function breakable(name: string): DocumentFragment {
  const whole = document.createDocumentFragment();
  for (const word of name.split(/(?<=[/:])/)) whole.append(word, document.createElement('wbr'));
  return whole;
}

/** A section of the page with its heading, and a line that says what it shows. */
export function section(id: string, heading: string, lead: string, children: readonly Child[]): HTMLElement {
  return element('section', { id, 'aria-labelledby': `${id}-heading` }, [
    element('h2', { id: `${id}-heading` }, [heading]),
    element('p', { class: 'lead' }, [lead]),
    ...children,
  ]);
}

/** A column of a table: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string;
  readonly isNumber?: boolean;
}

/** A table that a narrow screen shows as one block a row, each cell with its heading. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Child[])[],
): HTMLTableElement {
  const kind = ({ isNumber }: Column) => (isNumber ? 'number' : undefined);
  const heads = columns.map((column) =>
    element('th', { scope: 'col', class: kind(column) }, [column.heading]),
  );
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      cells.map((cell, i) =>
        element(
          i === 0 ? 'th' : 'td',
          {
            ...(i === 0 && { scope: 'row' }),
            class: kind(columns[i]),
            'data-heading': columns[i].heading,
          },
          [cell],
        ),
      ),
    ),
  );
  return element('table', {}, [
    element('caption', { class: 'unseen' }, [caption]),
    element('thead', {}, [element('tr', {}, heads)]),
    element('tbody', {}, body),
  ]);
}
