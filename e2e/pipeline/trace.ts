/** What a program did with a file. */
export interface FileEvent {
  readonly call: 'write' | 'sync' | 'rename';
  readonly path: string;
  /** The new name, for a rename. */
  readonly to?: string;
}

const KINDS = [
  [/(?:^|\s)(?:write|writev|pwrite64|pwritev)\(\d+<([^>]*)>/, 'write'],
  [/(?:^|\s)(?:fsync|fdatasync)\(\d+<([^>]*)>/, 'sync'],
  [/(?:^|\s)renam\w+\((?:AT_FDCWD\S*, )?"([^"]*)", (?:AT_FDCWD\S*, )?"([^"]*)"/, 'rename'],
] as const;

/** Reads the log of `strace -f -y`: the calls that succeeded, in the order in which they began. */
export function readTrace(log: string): FileEvent[] {
  return log.split('\n').flatMap((line): FileEvent[] => {
    if (/ = -1 /.test(line)) return [];
    for (const [pattern, call] of KINDS) {
      const [, path, to] = pattern.exec(line) ?? [];
      if (path !== undefined) return [{ call, path, ...(to === undefined ? {} : { to }) }];
    }
    return [];
  });
}
