import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CloudError } from '../error.js';
import type { DiskFile } from '../file/disk-file.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { openRemote, type Remote } from './remote.js';

/** Bytes of one read of the file. */
const READ = 2 ** 20;
/** A path that a shell takes as it is. */
const DEVICE = /^\/[\w./+:-]+$/;

/** Writes a disk onto the disk of a machine, such as one in a rescue system. */
export const openSsh: OpenTarget = async (session) => {
  const { option, env } = session;
  const device = option('device');
  if (!DEVICE.test(device)) {
    throw new CloudError('bad-option', `device: ${JSON.stringify(device)} is no path of a disk`, {
      hint: 'Name a disk, such as /dev/sda.',
    });
  }
  return new SshTarget(session, device, openRemote(option('host'), option('config'), env));
};

class SshTarget implements Target {
  /** Bytes of the disk, once `check` has looked at it. */
  private size = 0;

  constructor(
    private readonly session: Session,
    private readonly device: string,
    private readonly remote: Remote,
  ) {}

  /** Looks at the disk, which may not be mounted. */
  readonly check = async (): Promise<string> => {
    const d = this.device;
    const size = `if [ -b ${d} ]; then blockdev --getsize64 ${d}; else stat -c %s ${d}; fi`;
    const used = `awk -v d=${d} 'index($1, d) == 1' /proc/mounts /proc/swaps`;
    const [bytes, use = ''] = (await this.remote.run(`set -e; ${size}; ${used}`, `look at ${d}`)).split('\n');
    if (use !== '') {
      throw new CloudError('bad-option', `${d} is in use: ${use}`, {
        hint: 'Boot the machine into a rescue system, or name another disk.',
      });
    }
    this.size = Number(bytes);
    return `${this.session.option('host')}, ${d} of ${bytes} bytes`;
  };

  readonly list = async (_system: string, file?: DiskFile): Promise<CloudImage[]> => {
    if (!file || this.size < file.size) return [];
    const digest = await this.remote.run(this.digest(file), `read ${this.device}`);
    return digest.startsWith(file.sha256) ? [this.imageOf(file)] : [];
  };

  readonly plan = async ({ file }: Wanted): Promise<string[]> => [
    `overwrite ${this.device} of ${this.session.option('host')} with ${file.size} bytes`,
  ];

  readonly upload = async ({ file }: Wanted): Promise<CloudImage> => {
    if (this.size < file.size) {
      throw new CloudError('bad-option', `${this.device} has ${this.size} bytes, the disk ${file.size}`, {
        hint: 'Name a larger disk.',
      });
    }
    const write = `gzip -dc | dd of=${this.device} bs=1M conv=fsync,notrunc 2>/dev/null`;
    const command = `${write} && ${this.digest(file)}`;
    const digest = await this.remote.run(command, `write ${this.device}`, this.compressed(file));
    if (!digest.startsWith(file.sha256)) {
      const found = digest.slice(0, file.sha256.length);
      throw new CloudError(
        'import-failed',
        `${this.device} has the SHA-256 ${found}, the file ${file.sha256}`,
        {
          hint: 'Run the same command again; if it fails again, the disk is damaged.',
        },
      );
    }
    return this.imageOf(file);
  };

  /** The command that prints the digest of as many bytes of the disk as the file has. */
  private digest({ size }: DiskFile): string {
    return `head -c ${size} ${this.device} | sha256sum`;
  }

  private imageOf({ sha256 }: DiskFile): CloudImage {
    const id = `${this.session.option('host')}:${this.device}`;
    return { id, name: this.device, sha256, created: '', details: {} };
  }

  /** Compressed lightly: most disks are half empty, and the line is slower than either machine. */
  private compressed(file: DiskFile): AsyncIterable<Uint8Array> {
    const { progress } = this.session;
    async function* read(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < file.size; at += READ) {
        yield await file.read(at, Math.min(at + READ, file.size));
        progress(Math.min(at + READ, file.size), file.size);
      }
    }
    const gzip = createGzip({ level: 1 });
    // A failure of the file ends the compressor with the same error, which its reader gets.
    pipeline(Readable.from(read()), gzip).catch(() => undefined);
    return gzip;
  }
}
