import { element } from './element.js';

/** Pixels between a cell and what is said about it. */
const GAP = 8;

/** Says beside a cell what it is. The cell's own name says the same to a screen reader. */
export class Tooltip {
  readonly element = element('div', {
    class: 'tooltip',
    role: 'tooltip',
    'aria-hidden': 'true',
    hidden: true,
  });

  show(cell: HTMLElement, name: string, text: string): void {
    this.element.replaceChildren(element('strong', {}, [name]), element('span', {}, [text]));
    this.element.hidden = false;
    const plane = (cell.parentElement as HTMLElement).getBoundingClientRect();
    const at = cell.getBoundingClientRect();
    const own = this.element.getBoundingClientRect();
    const left = Math.min(Math.max(0, at.left - plane.left), plane.width - own.width);
    const above = at.top - plane.top - own.height - GAP;
    const below = Math.min(at.bottom - plane.top + GAP, plane.height - own.height);
    this.element.style.left = `${Math.max(0, left)}px`;
    this.element.style.top = `${above >= 0 ? above : below}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
