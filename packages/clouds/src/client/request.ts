import type { HttpRequest, HttpResponse } from '@nx-linuxkit/oci/http';

/** A body that is read anew for each attempt. */
export interface StreamedBody {
  /** Bytes. */
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** A request to a platform. Its body can be sent again. */
export interface CallRequest {
  readonly method: HttpRequest['method'];
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | StreamedBody;
  /** What the request is for, as an error should call it: `register the image`. */
  readonly purpose: string;
  /** Statuses that are no error beside 200 to 299. */
  readonly allow?: readonly number[];
  /** Sends it once: the caller finds out what has arrived before it sends more. */
  readonly once?: boolean;
}

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  readonly text: string;
}
