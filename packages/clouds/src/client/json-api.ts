import type { Session } from '../platform.js';
import { objectIn } from './json.js';
import type { Answer, CallRequest } from './request.js';

/** How a call differs from a plain one. */
export type CallDetails = Pick<CallRequest, 'once' | 'allow'> & { readonly body?: object };

/** An API whose requests and answers are JSON, and whose credentials are headers. */
export class JsonApi {
  constructor(
    private readonly client: Session['client'],
    /** The platform's name in errors. */
    private readonly platform: string,
    private readonly root: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Sends a request, and reads the object in the answer. */
  async ask<T extends object>(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    details: CallDetails = {},
  ): Promise<T> {
    return objectIn<T>(await this.send(method, path, purpose, details), this.platform);
  }

  /** Sends a request whose answer says no more than its status. */
  send(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    { body, ...details }: CallDetails = {},
  ): Promise<Answer> {
    return this.client.call({
      method,
      url: `${this.root.replace(/\/+$/, '')}${path}`,
      headers: { ...this.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      purpose,
      ...details,
    });
  }
}

/** The first of some environment variables that is set. Notes it as a secret. */
export function secretOf({ client, env }: Pick<Session, 'client' | 'env'>, ...names: string[]): string {
  const value = names.map((name) => env[name]).find((text) => text) ?? '';
  if (value !== '') client.hide(value);
  return value;
}
