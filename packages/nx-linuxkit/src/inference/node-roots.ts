import { loaderImages, systemNodeName, systemNodes, type OsPlan } from '@nx-linuxkit/stages/plan';
import { withBases } from './image-nodes.js';
import { unusable } from './watch/usable-name.js';

/** A node, as far as its name is concerned. */
interface NamedNode {
  readonly id: string;
  readonly root: string;
}

/**
 * The root of each node, by its name. Names are short, so two nodes may want the same one, and Nx refuses the graph of
 * the whole workspace then.
 */
export class NodeRoots {
  private readonly roots = new Map<string, string>();

  /**
   * Notes the nodes that an OS file or a package brings. Throws StageError `unusable-path` if another node has one of
   * their names.
   */
  add(nodes: readonly NamedNode[], file: string): void {
    for (const { id, root } of nodes) {
      const other = this.roots.get(id);
      if (other === undefined) this.roots.set(id, root);
      else if (other !== root)
        throw unusable(`two nodes would have the name ${id}: those in ${other} and ${root}`, { file });
    }
  }
}

/** Every node of a system, with those that it shares. */
export function nodesOf(plan: OsPlan): NamedNode[] {
  return [
    { id: plan.name, root: plan.root },
    ...systemNodes.map((node) => ({ id: systemNodeName(plan.name, node), root: `${plan.nodes}/${node}` })),
    ...[...plan.images, ...loaderImages(plan)].flatMap(withBases),
    ...plan.segments,
  ];
}
