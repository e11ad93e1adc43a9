import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Milliseconds for something to appear on the screen. An emulated boot takes ten seconds on an idle machine. */
const LIMIT = 120_000;
const SIZE = ['-x', '150', '-y', '40'];

/** A terminal of its own with a person at it: tmux keeps the pseudo-terminal, and what its screen shows. */
export class Terminal {
  private constructor(private readonly socket: string) {}

  /** Runs a command, and keeps the screen when it has ended: `ended with <code>` is then its last line. */
  static async run(
    command: readonly string[],
    { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
  ): Promise<Terminal> {
    const terminal = new Terminal(`nx-linuxkit-${randomBytes(6).toString('hex')}`);
    const variables = Object.entries({ ...env, TERM: 'screen-256color' }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const words = ['env', '-i', ...variables, ...command].map(quoted).join(' ');
    // The shell reports afterwards how the command has left the terminal.
    const script = `${words}; echo "ended with $?"; stty -a; exec sleep 600`;
    await terminal.tmux('new-session', '-d', ...SIZE, '-c', cwd, `sh -c ${quoted(script)}`);
    return terminal;
  }

  /** Types keys as tmux names them: `C-c`, `Enter`. */
  async press(...keys: string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.tmux('send-keys', '-l', line);
    await this.press('Enter');
  }

  /** Waits until the screen, with what has scrolled off its top, matches. Returns its text. */
  async until(pattern: RegExp): Promise<string> {
    for (const end = Date.now() + LIMIT; ;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (Date.now() > end) throw new Error(`no ${pattern} on the screen:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async screen(): Promise<string> {
    return (await this.tmux('capture-pane', '-p', '-J', '-S', '-200')).replace(/\n+$/, '\n');
  }

  async close(): Promise<void> {
    await this.tmux('kill-server').catch(() => undefined);
  }

  private async tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.socket, '-f', '/dev/null', ...args]);
    return stdout;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
