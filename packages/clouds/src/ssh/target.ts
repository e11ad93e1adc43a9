import { CloudError } from '../error.js';
import type { DiskFile } from '../file/disk-file.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { openRemote, type Remote } from './remote.js';
import { digestOf, lookAt, writeDisk } from './write-disk.js';

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
    const { device } = this;
    const { size, use } = await lookAt(this.remote, device);
    if (use !== '') {
      throw new CloudError('bad-option', `${device} is in use: ${use}`, {
        hint: 'Boot the machine into a rescue system, or name another disk.',
      });
    }
    this.size = size;
    return `${this.session.option('host')}, ${device} of ${size} bytes`;
  };

  readonly list = async (_system: string, file?: DiskFile): Promise<CloudImage[]> => {
    if (!file || this.size < file.size) return [];
    const digest = await digestOf(this.remote, this.device, file.size);
    return digest === file.sha256 ? [this.imageOf(file)] : [];
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
    await writeDisk(this.remote, this.device, file, this.session.progress);
    return this.imageOf(file);
  };

  private imageOf({ sha256 }: DiskFile): CloudImage {
    const id = `${this.session.option('host')}:${this.device}`;
    return { id, name: this.device, sha256, created: '', details: {} };
  }
}
