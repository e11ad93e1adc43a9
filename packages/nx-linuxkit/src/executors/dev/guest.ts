import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '@nx-linuxkit/machine';
import { AGENT_BLOCK, type Update } from '@nx-linuxkit/stages/dev';

/** Milliseconds that a guest may take to replace services; an emulated machine stops and starts one in a few seconds. */
const REPLACE_MS = 60_000;

/** The agent in a running guest. */
export class Guest {
  private isReady = false;
  /** Resolves when the agent answers, and with it the system; with false if the machine ends before. */
  readonly ready: Promise<boolean>;

  constructor(private readonly channel: Channel) {
    this.ready = channel.line().then((line) => (this.isReady = line === 'ready'));
  }

  /** Puts new files of services in place and starts these again. Returns why the guest could not, or undefined. */
  async replace(services: readonly string[], { removed, archive }: Update): Promise<string | undefined> {
    if (!this.isReady) return 'the guest has not come up yet';
    this.channel.write(Buffer.from(`replace ${removed.length} ${archive.length} ${services.join(' ')}\n`));
    for (const bytes of [removed, archive]) this.channel.write(inBlocks(bytes));
    const late = new AbortController();
    const answer = await Promise.race([
      this.channel.line(),
      sleep(REPLACE_MS, `failed no answer in ${REPLACE_MS / 1000} s`, { signal: late.signal }),
    ]);
    late.abort();
    if (answer === 'done') return undefined;
    return answer === undefined ? 'the guest has ended' : answer.replace(/^failed /, 'the guest says: ');
  }
}

/** Fills bytes up with zeros to whole blocks. */
function inBlocks(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((AGENT_BLOCK - (bytes.length % AGENT_BLOCK)) % AGENT_BLOCK)]);
}
