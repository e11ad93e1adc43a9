import type { Cell } from './map-layout.js';

interface Placed {
  readonly cell: Cell;
}

/** How a key moves: along which axis, and to which side. */
const KEYS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The cell that an arrow key, Home or End leads to; undefined for another key, and at the edge. */
export function nearest<Item extends Placed>(
  from: Item,
  all: readonly Item[],
  key: string,
): Item | undefined {
  if (key === 'Home') return all[0];
  if (key === 'End') return all[all.length - 1];
  const direction = KEYS[key];
  if (!direction) return undefined;
  const [x, y] = direction;
  const start = middle(from.cell);
  let best: Item | undefined;
  let least = Infinity;
  for (const item of all) {
    const end = middle(item.cell);
    const along = (end.x - start.x) * x + (end.y - start.y) * y;
    if (along <= 0) continue;
    const aside = Math.abs((end.x - start.x) * y) + Math.abs((end.y - start.y) * x);
    // What lies straight ahead is nearer than what lies aside.
    const distance = along + 2 * aside;
    if (distance < least) [best, least] = [item, distance];
  }
  return best;
}

/** The middle of what a person sees of a cell: of a group that is its head. */
function middle({ x, y, width, height, isGroup }: Cell): { x: number; y: number } {
  return { x: x + width / 2, y: isGroup ? y + 10 : y + height / 2 };
}
