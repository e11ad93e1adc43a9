/** What a test registry was asked for. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly status: number;
  /** Of the response's body, in bytes. */
  readonly sent: number;
}

export class RequestLog {
  readonly requests: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.requests.push(request);
  }

  clear(): void {
    this.requests.length = 0;
  }

  /** GETs that were answered with bytes of a blob; of one digest, or of all. */
  blobGets(digest?: string): readonly LoggedRequest[] {
    return this.requests.filter(
      ({ method, path, status }) =>
        method === 'GET' &&
        (status === 200 || status === 206) &&
        /\/blobs\/sha256:/.test(path) &&
        (digest === undefined || path.endsWith(digest)),
    );
  }
}
