import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { authorityOf, cannotListen, type Endpoint, type RunningServer } from './endpoint.js';
import { openServed, type ServedFile } from './served-file.js';
import {
  acknowledgedBlock,
  dataPacket,
  errorPacket,
  FAULT,
  KIND,
  optionsPacket,
  parseRequest,
  type ReadRequest,
} from './tftp-packet.js';

/** Bytes of a block without the option blksize. */
const BLOCK = 512;
/** Bytes of the largest block: with its headers it is one frame of Ethernet. */
const LARGEST = 1468;
/** Milliseconds before a packet is sent again, and how often: a machine that is silent for ten seconds has gone. */
const PATIENCE = 1000;
const ATTEMPTS = 10;
/** Transfers at one time, each of which holds a socket and a block. */
const MOST = 256;

/** Serves the files of a folder by TFTP, to read alone: RFC 1350. */
export async function serveTftp(
  root: string,
  endpoint: Endpoint,
  log: (line: string) => void,
): Promise<RunningServer> {
  const { address, port } = endpoint;
  const server = createSocket({ type: kindOf(address), reuseAddr: false });
  const transfers = new Set<Transfer>();
  server.on('message', (packet, peer) => {
    if (transfers.size >= MOST) return;
    const transfer = new Transfer(root, peer, address);
    transfers.add(transfer);
    void transfer
      .serve(packet)
      .then((line) => log(`${peer.address} TFTP ${printable(line)}`))
      .catch(() => undefined)
      .finally(() => transfers.delete(transfer));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(endpoint, cause)));
    server.bind(port, address, resolve);
  });
  return {
    url: `tftp://${authorityOf(endpoint, server.address().port)}/`,
    async close() {
      for (const transfer of transfers) transfer.end();
      server.close();
      await once(server, 'close');
    },
  };
}

const kindOf = (address: string | undefined): 'udp4' | 'udp6' => (address?.includes(':') ? 'udp6' : 'udp4');

/** A text that a stranger has sent, for a line of a terminal: what is not printable ASCII could control it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, (found) => encodeURIComponent(found));
}

/** One file for one machine, by a socket of its own, whose port tells transfers apart. */
class Transfer {
  private readonly socket: Socket;

  constructor(
    private readonly root: string,
    private readonly peer: RemoteInfo,
    private readonly address: string | undefined,
  ) {
    this.socket = createSocket(kindOf(address));
    // A machine that has gone answers nothing; what is sent to it again says so.
    this.socket.on('error', () => undefined);
  }

  end(): void {
    this.socket.close();
  }

  /** Serves a request, and returns what a log says about it. */
  async serve(packet: Buffer): Promise<string> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.socket.once('error', reject).bind(0, this.address, resolve);
      });
      const request = parseRequest(packet);
      if (!request) {
        const isWrite = packet.length >= 2 && packet.readUInt16BE(0) === KIND.write;
        this.refuse(isWrite ? FAULT.denied : FAULT.illegal, 'files can be read alone');
        return 'refused';
      }
      const file = request.mode === 'octet' ? await openServed(this.root, request.file) : undefined;
      if (!file) {
        this.refuse(FAULT.notFound, 'there is no such file');
        return `${request.file} not found`;
      }
      try {
        return `${request.file} ${(await this.send(file, request)) ? 'sent' : 'given up'}`;
      } finally {
        await file.handle.close();
      }
    } finally {
      await this.flushed();
      this.end();
    }
  }

  /** Sends a file block by block. False when the machine has gone. */
  private async send({ handle, size }: ServedFile, { options }: ReadRequest): Promise<boolean> {
    const granted = new Map<string, string>();
    const wanted = Number(options.get('blksize'));
    const block = wanted >= 8 ? Math.min(wanted, LARGEST) : BLOCK;
    if (wanted >= 8) granted.set('blksize', `${block}`);
    if (options.has('tsize')) granted.set('tsize', `${size}`);
    if (granted.size > 0 && !(await this.acknowledged(optionsPacket(granted), 0))) return false;
    const bytes = Buffer.alloc(block);
    // The last block is shorter than the others, and empty where the file's end is that of a block.
    for (let number = 0; number <= Math.floor(size / block); number++) {
      const { bytesRead } = await handle.read(bytes, 0, block, number * block);
      // Numbers have 16 bits and begin anew, as all clients for large files expect.
      const name = (number + 1) % 0x10000;
      if (!(await this.acknowledged(dataPacket(name, bytes.subarray(0, bytesRead)), name))) return false;
    }
    return true;
  }

  /** Sends a packet until its block is acknowledged. False when the machine has gone or has ended the transfer. */
  private acknowledged(packet: Buffer, block: number): Promise<boolean> {
    return new Promise((resolve) => {
      let left = ATTEMPTS;
      const settle = (result: boolean): void => {
        clearInterval(timer);
        this.socket.off('message', read).off('close', closed);
        resolve(result);
      };
      const closed = (): void => settle(false);
      const read = (answer: Buffer, { address, port }: RemoteInfo): void => {
        // Another machine has no part in this transfer.
        if (address !== this.peer.address || port !== this.peer.port) return;
        if (acknowledgedBlock(answer) === block) settle(true);
        else if (answer.length >= 2 && answer.readUInt16BE(0) === KIND.error) settle(false);
      };
      const send = (): void => {
        if (left-- === 0) settle(false);
        else this.socket.send(packet, this.peer.port, this.peer.address);
      };
      const timer = setInterval(send, PATIENCE);
      this.socket.on('message', read).once('close', closed);
      send();
    });
  }

  private refuse(code: number, message: string): void {
    this.socket.send(errorPacket(code, message), this.peer.port, this.peer.address);
  }

  /** Waits until what was sent is on its way. */
  private flushed(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
