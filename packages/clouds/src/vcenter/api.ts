import { secretOf } from '../client/json-api.js';
import type { Answer, CallRequest, StreamedBody } from '../client/request.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';

type Details = Pick<CallRequest, 'once' | 'allow'> & { readonly body?: object };

/** Names the session in requests. */
const SESSION = 'vmware-api-session-id';

/** The REST API of a vCenter 7.0 U2 or newer, in a session: https://developer.broadcom.com/xapis/vsphere-automation-api. */
export class VcenterApi {
  private readonly root: URL;
  private readonly user: string;
  private readonly password: string;
  private token: Promise<string> | undefined;

  /** Reads the credentials. Throws CloudError `no-credentials`. */
  constructor(private readonly session: Session) {
    const { env, option } = session;
    this.user = env.GOVC_USERNAME || env.VSPHERE_USER || '';
    this.password = secretOf(session, 'GOVC_PASSWORD', 'VSPHERE_PASSWORD');
    if (this.user === '' || this.password === '') {
      throw new CloudError('no-credentials', 'GOVC_USERNAME and GOVC_PASSWORD are not set', {
        hint: 'Export both, or VSPHERE_USER and VSPHERE_PASSWORD.',
      });
    }
    this.root = rootOf(option('url'));
  }

  /** Host and user, for a person. */
  get place(): string {
    return `${this.user} at ${this.root.host}`;
  }

  /** Sends a request, and gives the JSON in the answer. A session that has ended meanwhile is begun anew. */
  async ask<T>(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    details: Details = {},
  ): Promise<T> {
    const answer = await this.send(method, path, purpose, details);
    if (answer.text === '') return undefined as T;
    try {
      return JSON.parse(answer.text) as T;
    } catch (cause) {
      throw new CloudError('platform-error', 'vCenter has answered with something that is no JSON', {
        hint: 'Check the address and the proxy: something else may have answered in its place.',
        cause,
      });
    }
  }

  async send(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    { body, ...details }: Details = {},
  ): Promise<Answer> {
    const send = (token: string): Promise<Answer> =>
      this.session.client.call({
        ...details,
        method,
        url: new URL(`/api${path}`, this.root),
        headers: { [SESSION]: token, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        purpose,
      });
    return send(await this.begin()).catch(async (error: unknown) => {
      if (!(error instanceof CloudError) || error.code !== 'unauthorized') throw error;
      this.token = undefined;
      return send(await this.begin());
    });
  }

  /** Sends bytes to an address that vCenter has named, if it is one of vCenter: the session must not go elsewhere. */
  async put(address: string, body: StreamedBody, purpose: string): Promise<void> {
    const url = new URL(address, this.root);
    if (url.origin !== this.root.origin) {
      throw new CloudError('platform-error', `vCenter names ${url.host} as the place for the upload`, {
        hint: `Write its name as vCenter does: --with.url=${url.origin}.`,
      });
    }
    const headers = { [SESSION]: await this.begin(), 'content-type': 'application/octet-stream' };
    await this.session.client.call({ method: 'PUT', url, headers, body, purpose });
  }

  /** Ends the session: vCenter keeps a limited number of them. */
  async close(): Promise<void> {
    const token = await this.token?.catch(() => undefined);
    if (token === undefined) return;
    const request = { method: 'DELETE', headers: { [SESSION]: token }, purpose: 'end the session' } as const;
    await this.session.client.call({
      ...request,
      url: new URL('/api/session', this.root),
      allow: [401, 404],
    });
  }

  private begin(): Promise<string> {
    return (this.token ??= this.logIn());
  }

  private async logIn(): Promise<string> {
    const basic = Buffer.from(`${this.user}:${this.password}`).toString('base64');
    this.session.client.hide(basic);
    const answer = await this.session.client.call({
      method: 'POST',
      url: new URL('/api/session', this.root),
      headers: { authorization: `Basic ${basic}` },
      purpose: 'begin a session',
    });
    const token = /^"([^"\\\s]+)"$/.exec(answer.text.trim())?.[1];
    if (token === undefined) {
      throw new CloudError('platform-error', 'vCenter has begun a session without an id', {
        hint: 'Check the address and the proxy: vCenter has this API from version 7.0 U2 on.',
      });
    }
    this.session.client.hide(token);
    return token;
  }
}

/** The address of a vCenter, which govc's variable names with `/sdk` or without a scheme, and never with a password here. */
function rootOf(text: string): URL {
  try {
    const url = new URL(/^https?:\/\//.test(text) ? text : `https://${text}`);
    if (url.username === '' && url.password === '') return url;
  } catch {
    // The error below says what is expected.
  }
  throw new CloudError('bad-option', 'url: this is no address of a vCenter', {
    hint: 'Write it as https://vcenter.example, with user and password in GOVC_USERNAME and GOVC_PASSWORD.',
  });
}
