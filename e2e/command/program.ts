import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newFolder, putModules } from '../workspace/folder.js';
import { runProcess } from '../workspace/nx-run.js';
import { installedModules } from '../workspace/template.js';

/** A folder with the installed program and without Nx: what a user of makefiles has. */
export class ProgramFolder {
  readonly dir: string;

  private constructor(private readonly base: string) {
    this.dir = join(base, 'repository');
  }

  static async create(files: Readonly<Record<string, string>>): Promise<ProgramFolder> {
    const modules = await installedModules('current');
    const made = new ProgramFolder(newFolder('nx-linuxkit-e2e-command-'));
    mkdirSync(join(made.base, 'home'));
    putModules(modules, join(made.base, 'node_modules'));
    for (const name of ['nx', '@nx']) rmSync(join(made.base, 'node_modules', name), { recursive: true });
    made.write(files);
    return made;
  }

  write(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(path)), { recursive: true });
      writeFileSync(this.path(path), text);
    }
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Runs a shell line in which `$LINUXKIT` is the program, as makefiles call it. Throws where it fails. */
  async sh(line: string): Promise<string> {
    const { code, output } = await this.try(line);
    if (code !== 0) throw new Error(`${line} ended with ${code}:\n${output}`);
    return output;
  }

  try(line: string): Promise<{ code: number | null; output: string }> {
    return runProcess('sh', ['-euc', line], { cwd: this.dir, env: this.env });
  }

  /** A home of its own, and the program in the path. */
  get env(): NodeJS.ProcessEnv {
    return {
      PATH: `${join(this.base, 'node_modules/.bin')}:${process.env.PATH}`,
      HOME: join(this.base, 'home'),
      TMPDIR: process.env.TMPDIR,
      LANG: 'C.UTF-8',
      LINUXKIT: 'nx-linuxkit',
    };
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
