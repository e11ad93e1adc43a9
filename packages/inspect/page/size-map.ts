import type { SizeNode } from '../src/system.js';
import { element } from './element.js';
import { layOut, type Cell } from './map-layout.js';
import { nearest } from './nearest.js';
import { bytes, share } from './quantity.js';
import { Tooltip } from './tooltip.js';

/** What a person does in the map. */
export interface MapActions {
  /** Shows a part; `path` leads to it from the node that is shown. */
  open(path: readonly SizeNode[]): void;
  up(): void;
}

/** Degrees between the hues of neighbouring groups: the golden angle keeps any number of them apart. */
const HUE_STEP = 137.5;
/** The hue of the first group: a calm blue. */
const FIRST_HUE = 215;
/** Pixels that a name needs. */
const NAME_WIDTH = 44;
const NAME_HEIGHT = 18;
/** Pixels that a name and a size need beside each other. */
const BOTH_WIDTH = 120;

/** A treemap of which every rectangle is a button: Tab enters it, arrows move in it. */
export class SizeMap {
  readonly element: HTMLElement;
  private readonly tooltip = new Tooltip();
  private readonly plane = element('div', { class: 'plane' });
  private shown: SizeNode | undefined;
  private cells: readonly { readonly cell: Cell; readonly button: HTMLButtonElement }[] = [];

  constructor(
    private readonly whole: number,
    private readonly actions: MapActions,
  ) {
    this.element = element('div', { class: 'map', role: 'group', 'aria-label': 'Map of sizes' }, [
      this.plane,
      this.tooltip.element,
    ]);
    this.plane.addEventListener('keydown', (event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(this.plane);
  }

  show(node: SizeNode): void {
    const hadFocus = this.plane.contains(document.activeElement);
    this.shown = node;
    this.draw();
    if (hadFocus) this.cells[0]?.button.focus();
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.plane;
    if (!this.shown || width === 0) return;
    this.tooltip.hide();
    const focused = this.cells.find(({ button }) => button === document.activeElement)?.cell.node;
    this.cells = layOut(this.shown, width, height).map((cell) => ({ cell, button: this.buttonOf(cell) }));
    this.plane.replaceChildren(...this.cells.map(({ button }) => button));
    const first = this.cells.find(({ cell }) => cell.node === focused) ?? this.cells[0];
    first?.button.setAttribute('tabindex', '0');
    if (focused) first?.button.focus();
  }

  private buttonOf(cell: Cell): HTMLButtonElement {
    const { node, x, y, width, height, group, isGroup } = cell;
    const place = `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
    const hue = Math.round((FIRST_HUE + group * HUE_STEP) % 360);
    const fits = width >= NAME_WIDTH && height >= NAME_HEIGHT;
    const size = `${bytes(node.size)}, ${share(node.size, this.whole)} of the system`;
    const button = element(
      'button',
      {
        ...{ type: 'button', tabindex: '-1', class: isGroup ? 'cell group' : 'cell' },
        ...{ style: `${place};--hue:${hue}`, 'aria-label': `${node.name}: ${size}` },
      },
      fits
        ? [
            element('span', { class: 'name' }, [shortName(node)]),
            (isGroup ? width >= BOTH_WIDTH : height >= 2 * NAME_HEIGHT)
              ? element('span', { class: 'size' }, [bytes(node.size)])
              : undefined,
          ]
        : [],
    );
    const tell = () => this.tooltip.show(button, node.name, size);
    button.addEventListener('pointerenter', tell);
    button.addEventListener('focus', tell);
    button.addEventListener('pointerleave', () => this.tooltip.hide());
    button.addEventListener('blur', () => this.tooltip.hide());
    button.addEventListener('click', () => {
      if (node.children) this.actions.open(cell.path);
    });
    return button;
  }

  private press(event: KeyboardEvent): void {
    if (event.key === 'Escape' || event.key === 'Backspace') {
      event.preventDefault();
      this.actions.up();
      return;
    }
    const from = this.cells.find(({ button }) => button === document.activeElement);
    const to = from && nearest(from, this.cells, event.key);
    if (!to) return;
    event.preventDefault();
    from.button.setAttribute('tabindex', '-1');
    to.button.setAttribute('tabindex', '0');
    to.button.focus();
  }
}

/** The last part of a path or reference, which tells neighbours apart in little room. */
function shortName({ name, kind }: SizeNode): string {
  return kind === 'file' || kind === 'image' ? name.slice(name.lastIndexOf('/') + 1) : name;
}
