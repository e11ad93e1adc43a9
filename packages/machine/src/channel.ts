import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two attempts to reach a machine that has just been started. */
const RETRY_MS = 50;
/** Attempts: QEMU makes the socket before anything of the guest runs. */
const ATTEMPTS = 200;

/**
 * QEMU's arguments for a port by which this host talks to a program of the guest: a port of a virtio console, whose name the guest
 * finds below `/sys/class/virtio-ports`, on a Unix socket at `path`.
 */
export function channelArguments(name: string, path: string): string[] {
  return [
    '-chardev',
    `socket,id=channel,path=${path.replaceAll(',', ',,')},server=on,wait=off`,
    '-device',
    'virtio-serial-pci',
    '-device',
    `virtserialport,chardev=channel,name=${name}`,
  ];
}

/** Characters that a guest may send ahead of what is read: it answers in lines of some hundred. */
const MOST_AHEAD = 1 << 16;

/** The host's end of a port. A guest that sends more than is read, and no line, loses the connection. */
export interface Channel {
  write(bytes: Uint8Array): void;
  /** The next line that the guest has sent, without its end; undefined once the machine has gone. */
  line(): Promise<string | undefined>;
  close(): void;
}

/** Connects to the port of a machine that runs. Undefined where the machine ends before. */
export async function openChannel(path: string, ended: AbortSignal): Promise<Channel | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS && !ended.aborted; attempt += 1) {
    const socket = await connected(path);
    if (socket) return channelOver(socket);
    await sleep(RETRY_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  return undefined;
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function channelOver(socket: Socket): Channel {
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let isOpen = true;
  let rest = '';
  let ahead = 0;
  const give = () => {
    while (waiting.length > 0 && (lines.length > 0 || !isOpen)) {
      const line = lines.shift();
      if (line !== undefined) ahead -= line.length + 1;
      waiting.shift()?.(line);
    }
  };
  socket.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() as string;
    lines.push(...parts);
    ahead += text.length;
    give();
    if (ahead > MOST_AHEAD) socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    isOpen = false;
    give();
  });
  return {
    write: (bytes) => void socket.write(bytes),
    line: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        give();
      }),
    close: () => socket.destroy(),
  };
}
