import type { FileSource } from '@nx-linuxkit/tree';

/** The files that a comparison reads, so that they are closed at its end. */
export class OpenFiles {
  private readonly files: FileSource[] = [];

  add(file: FileSource): FileSource {
    this.files.push(file);
    return file;
  }

  async close(): Promise<void> {
    await Promise.all(this.files.splice(0).map((file) => file.close()));
  }
}
