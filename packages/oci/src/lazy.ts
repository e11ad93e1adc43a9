/** A value that is made when it is first asked for. A failure is thrown and not kept, so that the next call tries again. */
export class Lazy<T> {
  private promise?: Promise<T>;

  constructor(private readonly make: () => Promise<T>) {}

  /** Returns the value, which is made at most once at a time. */
  get(): Promise<T> {
    this.promise ??= this.make().catch((error: unknown) => {
      this.promise = undefined;
      throw error;
    });
    return this.promise;
  }

  /** Returns the value if it was made or is being made, and does not make it. */
  async ifMade(): Promise<T | undefined> {
    return this.promise?.catch(() => undefined);
  }
}
