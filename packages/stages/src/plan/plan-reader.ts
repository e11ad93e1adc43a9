import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackageFinder } from './find-package.js';
import type { OsIdentity } from './identify.js';
import type { OsPlan } from './os-plan.js';
import { readPlan } from './read-plan.js';
import type { Settings } from './settings.js';

/** A plan with the text of each file that it was worked out from; undefined for a file that does not exist. */
interface ReadOnce {
  readonly texts: ReadonlyMap<string, string | undefined>;
  readonly plan: OsPlan | undefined;
}

/** The plans of one process. Each task reads the files again; the plan is worked out anew only when one has changed. */
export class PlanReader {
  private readonly known = new Map<string, ReadOnce>();

  constructor(
    private readonly workspaceRoot: string,
    private readonly settings: Settings,
  ) {}

  /** The plan as the files are now; undefined when the lock misses a reference. */
  read(os: OsIdentity): OsPlan | undefined {
    const id = JSON.stringify(os);
    const before = this.known.get(id);
    if (before && [...before.texts].every(([path, text]) => this.textOf(path) === text)) return before.plan;
    const texts = new Map<string, string | undefined>();
    const load = (path: string): string => {
      texts.set(path, this.textOf(path));
      return texts.get(path) ?? readFileSync(join(this.workspaceRoot, path), 'utf8');
    };
    const packages = new PackageFinder(this.workspaceRoot, this.settings);
    const inputs = readPlan(this.workspaceRoot, os.file, this.settings, os.before, packages, load);
    const plan = inputs.unlocked(os.platform).length > 0 ? undefined : inputs.plan(os);
    this.known.set(id, { texts, plan });
    return plan;
  }

  private textOf(path: string): string | undefined {
    try {
      return readFileSync(join(this.workspaceRoot, path), 'utf8');
    } catch {
      return undefined;
    }
  }
}
