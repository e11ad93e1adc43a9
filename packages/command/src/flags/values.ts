/** The flags of one call, by name. */
export class FlagValues {
  constructor(private readonly given: ReadonlyMap<string, readonly string[]>) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** Whether a switch is on. */
  on(name: string): boolean {
    return this.text(name) === 'true';
  }

  /** The last value that was given. */
  text(name: string): string | undefined {
    return this.given.get(name)?.at(-1);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  list(name: string): readonly string[] {
    return this.given.get(name) ?? [];
  }
}
