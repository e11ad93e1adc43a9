import { hierarchy, treemap, type HierarchyRectangularNode } from 'd3-hierarchy';
import type { SizeNode } from '../src/system.js';

/** A rectangle of the map, in pixels. */
export interface Cell {
  readonly node: SizeNode;
  /** From the node that is shown, without it, to this one. */
  readonly path: readonly SizeNode[];
  /** The position of the part of the first level that it belongs to. */
  readonly group: number;
  readonly isGroup: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels for the name of a group. */
const HEAD = 22;
/** Pixels below which a part is too small to be seen or hit. */
const LEAST = 3;

/**
 * The parts of a node that the page shows. A single part with parts of its own says nothing, such as the one layer of an image: its
 * parts are shown in its place, beside files that lie in no layer.
 */
export function shownParts(node: SizeNode): readonly SizeNode[] {
  const { children = [] } = node;
  const inner = children.filter((child) => child.children);
  if (inner.length !== 1 || (inner[0].kind !== 'layer' && children.length > 1)) return children;
  const others = children.filter((child) => child !== inner[0]);
  return [...shownParts(inner[0]), ...others].sort((a, b) => b.size - a.size);
}

/** Lays two levels below a node out as rectangles. */
export function layOut(shown: SizeNode, width: number, height: number): Cell[] {
  const depthOf = (node: Shown) => node.depth;
  const root = hierarchy<Shown>({ node: shown, depth: 0 }, (item) =>
    depthOf(item) < 2 ? shownParts(item.node).map((node) => ({ node, depth: item.depth + 1 })) : undefined,
  ).sum(({ node, depth }) => (depth === 2 || shownParts(node).length === 0 ? node.size : 0));
  const placed = treemap<Shown>()
    .size([width, height])
    .paddingInner(2)
    .paddingTop((item) => (item.depth === 1 && item.children ? HEAD : 0))
    .round(true)(root);
  return (placed.children ?? [])
    .flatMap((group, index) => [
      cell(group, index),
      ...(group.children ?? []).map((part) => cell(part, index)),
    ])
    .filter((item) => item.width >= LEAST && item.height >= LEAST);
}

interface Shown {
  readonly node: SizeNode;
  readonly depth: number;
}

function cell(placed: HierarchyRectangularNode<Shown>, group: number): Cell {
  const { x0, y0, x1, y1, children, data } = placed;
  const path = placed
    .ancestors()
    .reverse()
    .slice(1)
    .map((item) => item.data.node);
  return {
    ...{ node: data.node, path, group, isGroup: children !== undefined },
    ...{ x: x0, y: y0, width: x1 - x0, height: y1 - y0 },
  };
}
