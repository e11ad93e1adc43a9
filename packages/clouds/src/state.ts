import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Notes of a push, in a file of its own, by which the next push of the same bytes goes on where a killed one stopped.
 * A file that cannot be read counts as none. Notes hold no credentials.
 */
export class PushState {
  /** Writes follow each other, so that an older note never replaces a newer one. */
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly name: string,
    private notes: Record<string, unknown>,
  ) {}

  /** Opens the notes of a name, in a folder that need not exist. */
  static async open(folder: string, name: string): Promise<PushState> {
    const text = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => '{}');
    return new PushState(folder, name, parse(text));
  }

  get(key: string): unknown {
    return this.notes[key];
  }

  /** Notes a value, on disk when it returns. */
  async set(key: string, value: unknown): Promise<void> {
    this.notes = { ...this.notes, [key]: value };
    const text = JSON.stringify(this.notes);
    await this.after(() => this.write(text));
  }

  /** Removes the notes. */
  async clear(): Promise<void> {
    this.notes = {};
    await this.after(() => rm(this.path, { force: true }));
  }

  private get path(): string {
    return join(this.folder, `${this.name}.json`);
  }

  private async after(act: () => Promise<void>): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(act);
    await this.writing;
  }

  private async write(text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const temporary = `${this.path}.${process.pid}.tmp`;
    // Notes may hold the address of an upload, which is a secret for as long as the upload lasts.
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, this.path);
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
