/** A request to a test registry, with its answer. */
export interface LoggedRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly status: number;
  /** Bytes of the response's body. */
  readonly sent: number;
}

/** The requests to a test registry, in order. */
export class RequestLog {
  readonly requests: LoggedRequest[] = [];

  /** Called by the registry for each request. */
  add(request: LoggedRequest): void {
    this.requests.push(request);
  }

  /** Forgets all requests. */
  clear(): void {
    this.requests.length = 0;
  }

  /** Lists the GETs that were answered with bytes of a blob: the one with this digest, or any. */
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
