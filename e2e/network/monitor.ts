import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** QEMU's monitor: pulls cables, plugs in cards and disks. QEMU connects to it, so that it is there from the start. */
export class Monitor {
  private readonly connected: Promise<Socket>;

  private constructor(
    server: Server,
    /** For a machine that waits for `start` before its first instruction. */
    readonly args: readonly string[],
  ) {
    this.connected = once(server, 'connection').then(([socket]: Socket[]) => {
      server.close();
      return socket.on('error', () => undefined).resume();
    });
  }

  static async in(folder: string): Promise<Monitor> {
    const path = join(folder, 'monitor');
    const server = createServer().listen(path);
    await once(server, 'listening');
    return new Monitor(server, ['-S', '-monitor', `unix:${path.replaceAll(',', ',,')}`]);
  }

  start(): Promise<void> {
    return this.say('cont');
  }

  link(netdev: string, state: 'on' | 'off'): Promise<void> {
    return this.say(`set_link ${netdev} ${state}`);
  }

  async plugInCard(netdev: string, network: string): Promise<void> {
    await this.say(`netdev_add user,id=${netdev},net=${network}`);
    await this.say(`device_add virtio-net-pci,netdev=${netdev},romfile=`);
  }

  async plugInDisk(path: string): Promise<void> {
    await this.say(`drive_add 0 if=none,id=late,format=raw,file=${path.replaceAll(',', ',,')}`);
    await this.say('device_add virtio-blk-pci,drive=late');
  }

  private async say(command: string): Promise<void> {
    const socket = await this.connected;
    socket.write(`${command}\n`);
  }
}
