/** An instance of a cloud that stands in. */
export interface FakeInstance {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly data: string;
  /** How often it was looked at. */
  looks: number;
}

/** Instances of a cloud that stands in: they show more of their console from look to look, and power off at the end. */
export class FakeInstances {
  readonly all = new Map<string, FakeInstance>();
  /** Instances that were made, whether they are still there or not. */
  made = 0;
  last?: FakeInstance;
  /** The look at which a guest has powered off. */
  ends = 4;
  /** Whether a guest never powers off. */
  lasts = false;
  #next = 1;

  make(name: string, image: string, data: string): FakeInstance {
    const instance = { id: `${7000 + this.#next++}`, name, image, data, looks: 0 };
    this.all.set(instance.id, instance);
    this.made += 1;
    this.last = instance;
    return instance;
  }

  /** The id of the next instance. */
  get nextId(): string {
    return `${7000 + this.#next}`;
  }

  named(name: string): FakeInstance[] {
    return [...this.all.values()].filter((instance) => instance.name === name);
  }

  /** Whether the guest of an instance still runs. */
  runs(instance: FakeInstance): boolean {
    instance.looks += 1;
    return this.lasts || instance.looks < this.ends;
  }

  /** What the console of an instance has shown by now. */
  console({ looks }: FakeInstance): string {
    return Array.from({ length: looks }, (_, i) => `guest: line ${i + 1}\n`).join('');
  }
}
