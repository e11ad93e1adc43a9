import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import {
  boot,
  mediumOf,
  type BootMedium,
  type MachineOptions,
  type RunningMachine,
} from '@nx-linuxkit/machine';

/** Seconds to wait for one thing in a guest on a quiet host. From power-on to a service an idle machine takes 15. */
const PATIENCE = 90;
const RETRY_MS = 100;
/**
 * Milliseconds of silence after which a connection is given up and made anew. QEMU accepts a forwarded connection
 * before the guest has a network, and repeats its first packet to the guest at growing intervals, up to a minute
 * apart: a new connection reaches a guest that is up by now at once.
 */
const SILENCE_MS = 10_000;
/** The line with which init says that a DHCP client of `onboot` has failed: this guest gets no address any more. */
const NETWORK_FAILED = /^onboot: \S*dhcpcd failed with status \d+/m;
const PANIC = /Kernel panic - not syncing.*/;
const LAST_LINES = 40;
/** Clock ticks per second, in which Linux counts the CPU time of programs on every architecture. */
const CLOCK_TICKS = 100;
const INIT = /\[ *(\d+\.\d+)\] Run \/init as init process/;

/** A machine to which the test talks as a user would, over forwarded ports. */
export class Guest {
  private text = '';
  private gone = false;
  private waitedBefore: number | undefined;
  private lastSlowness = 1;
  private atInit: { elapsed: number; waited: number } | undefined;
  private readonly started = performance.now();

  private constructor(private readonly machine: RunningMachine) {
    machine.output.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.waitedBefore ??= this.waitedSeconds();
      if (!this.atInit && INIT.test(this.text))
        this.atInit = { elapsed: this.elapsedSeconds(), waited: this.waitedSeconds() };
    });
    void machine.exited.then(() => (this.gone = true));
  }

  /** Boots kernel+initrd of a system. The names of its files begin with `prefix`. */
  static async boot(prefix: string, options: Omit<MachineOptions, 'medium'>): Promise<Guest> {
    const medium = mediumOf('kernel+initrd', prefix) as BootMedium;
    return Guest.start({ memory: 1024, ...options, medium, noReboot: true });
  }

  static async start(options: Parameters<typeof boot>[0]): Promise<Guest> {
    return new Guest(await boot(options));
  }

  /** Returns the CPU seconds that the machine has used since power-on. A noisy host does not change them. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.machine.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(stat[11]) + Number(stat[12])) / CLOCK_TICKS;
  }

  /**
   * How much slower the host is than one of our own: by how long the guest's processor stands in line for one of the
   * host's. What the guest itself waits for changes nothing.
   */
  slowness(): number {
    if (!this.gone) this.lastSlowness = 1 + this.waitedSeconds() / this.cpuSeconds();
    return this.lastSlowness;
  }

  /**
   * Seconds on the guest's clock when its kernel starts /init, and now. What its processor waited for one of the
   * host's is left out of both, so that a busy host does not change them; what the guest itself waits for is not.
   */
  clock(): { init: number; now: number } {
    const printed = INIT.exec(this.text);
    if (!printed || !this.atInit) throw new Error(`/init did not start:\n${this.lastLines()}`);
    const { elapsed, waited } = this.atInit;
    const init = Number(printed[1]) - (waited - this.waitedBefore!);
    return { init, now: init + this.elapsedSeconds() - elapsed - (this.waitedSeconds() - waited) };
  }

  private elapsedSeconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** How long the guest's processor, which is the thread that works most, stood in line for one of the host's. */
  private waitedSeconds(): number {
    const tasks = `/proc/${this.machine.pid}/task`;
    const threads = readdirSync(tasks).flatMap((id) => {
      try {
        return [readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ')];
      } catch {
        return []; // A thread may end between the two calls.
      }
    });
    const [, waited] = threads.reduce(
      (one, other) => (Number(other[0]) > Number(one[0]) ? other : one),
      ['0', '0'],
    );
    return Number(waited) / 1e9;
  }

  get console(): string {
    return this.text;
  }

  /** Returns the port of this host that leads to a port of the guest. */
  port(guest: number): number {
    const found = this.machine.ports.find((port) => port.guest === guest);
    if (!found) throw new Error(`port ${guest} is not published`);
    return found.host;
  }

  /** Asks again until there is an answer; fails with the end of the console as soon as there can be none. */
  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    return this.untilOn(what, ask, () => (NETWORK_FAILED.test(this.text) ? 'it has no network' : undefined));
  }

  /** Waits for a text on the console. */
  async says(text: RegExp): Promise<string> {
    return this.untilOn(`line ${text}`, async () => text.exec(this.text)?.[0]);
  }

  private async untilOn<T>(
    what: string,
    ask: () => Promise<T | undefined>,
    hopeless: () => string | undefined = () => undefined,
  ): Promise<T> {
    const started = performance.now();
    let over = false;
    const asked = async () => {
      while (!over) {
        const answer = await ask().catch(() => undefined);
        if (answer !== undefined) return answer;
        await pause();
      }
      return undefined;
    };
    const reason = () => (this.gone ? 'the guest ended' : (PANIC.exec(this.text)?.[0] ?? hopeless()));
    const watched = async () => {
      while (!over && reason() === undefined) {
        if (performance.now() - started > PATIENCE * 1000 * this.slowness()) break;
        await pause();
      }
      return undefined;
    };
    const answer = await Promise.race([asked(), watched()]).finally(() => (over = true));
    if (answer !== undefined) return answer;
    const why = reason() ?? `it took more than ${PATIENCE} s, times ${this.slowness().toFixed(1)}`;
    throw new Error(`no ${what}, ${why}; its last lines:\n${this.lastLines()}`);
  }

  /** Sends text to a TCP port, and resolves with the answer as soon as it matches `until`. */
  say(port: number, text: string, until: RegExp): Promise<string> {
    return this.until(`answer to ${JSON.stringify(text)}`, () => exchange(this.port(port), text, until));
  }

  /** Resolves with the seconds until QEMU ends by itself, because its guest switches the power off. */
  async poweredOff(): Promise<number> {
    const started = performance.now();
    const late = setTimeout(() => void this.machine.stop(), PATIENCE * 1000 * this.slowness());
    const { code, signal, stderr } = await this.machine.exited;
    clearTimeout(late);
    if (code !== 0 || signal) throw new Error(`qemu: ${signal ?? code} ${stderr}\n${this.lastLines()}`);
    return (performance.now() - started) / 1000;
  }

  async stop(): Promise<void> {
    await this.machine.stop();
  }

  private lastLines(): string {
    return this.text.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_MS));

/** Resolves with nothing if QEMU closes the connection, because the guest does not listen yet. */
function exchange(port: number, text: string, until: RegExp): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (until.test(answer)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(until.test(answer) ? answer : undefined));
  });
}
