import { loaderImages, systemNodeName, systemNodes, type OsPlan } from '@nx-linuxkit/stages/plan';
import { unusable } from './watch/usable-name.js';

/**
 * The root of each node, by its name. Names are short, so two nodes may want the same one, and Nx refuses the graph of
 * the whole workspace then.
 */
export class NodeRoots {
  private readonly roots = new Map<string, string>();

  /** Notes the nodes of a system. Throws StageError `unusable-path` if another node has one of their names. */
  add(plan: OsPlan): void {
    const nodes = [
      { id: plan.name, root: plan.root },
      ...systemNodes.map((node) => ({ id: systemNodeName(plan.name, node), root: `${plan.nodes}/${node}` })),
      ...plan.images,
      ...loaderImages(plan),
      ...plan.segments,
    ];
    for (const { id, root } of nodes) {
      const other = this.roots.get(id) ?? root;
      if (other === root) continue;
      throw unusable(`two nodes would have the name ${id}: those in ${other} and ${root}`, {
        file: plan.file,
      });
    }
    for (const { id, root } of nodes) this.roots.set(id, root);
  }
}
