/**
 * Steps that take back what a push has made. They run, the last one first, when the push fails; a step that fails is
 * reported with what it leaves behind, and the others run still.
 */
export class Undo {
  private readonly steps: { readonly what: string; readonly act: () => Promise<unknown> }[] = [];

  constructor(private readonly log: (line: string) => void) {}

  /** Adds a step that removes `what`. */
  add(what: string, act: () => Promise<unknown>): void {
    this.steps.push({ what, act });
  }

  /** Runs `act`; when it throws, takes back all that it has added, and throws the same error. */
  async guard<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      await this.run();
      throw error;
    }
  }

  /** Takes back all steps. */
  async run(): Promise<void> {
    for (const { what, act } of this.steps.splice(0).reverse()) {
      try {
        await act();
        this.log(`removed ${what}`);
      } catch (error) {
        this.log(`warning: ${what} is left behind, remove it by hand: ${(error as Error).message}`);
      }
    }
  }
}
