import type { Answer, CallRequest } from '../client/request.js';
import type { Session } from '../platform.js';
import { parseXml, type Element } from '../xml/xml.js';
import { awsCredentials } from './credentials.js';
import { signatureHeaders } from './sign.js';

/** Versions of the query APIs. */
const VERSIONS = { ec2: '2016-11-15', sts: '2011-06-15' } as const;

/** Sends signed requests to the services of one region. */
export interface AwsRequests {
  /** A call of a query API: parameters as a form, an answer in XML. */
  query(
    service: 'ec2' | 'sts',
    action: string,
    parameters: Readonly<Record<string, string>>,
    purpose: string,
  ): Promise<Element>;
  /** A call of the EBS direct APIs. */
  ebs(path: string, request: Omit<CallRequest, 'url'>): Promise<Answer>;
}

/** The address of a service, or that of the variables by which AWS's own SDKs and CLI are led to other servers. */
export function awsEndpoint(service: string, region: string, env: Session['env']): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return (
    env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ||
    env.AWS_ENDPOINT_URL ||
    `https://${service}.${region}.${domain}`
  );
}

/** Parameters of a query that name tags, behind a prefix. */
export function tagParameters(
  prefix: string,
  tags: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value], i) => [
      [`${prefix}Tag.${i + 1}.Key`, key],
      [`${prefix}Tag.${i + 1}.Value`, value],
    ]),
  );
}

/** Reads the credentials. Throws CloudError `no-credentials`. */
export async function awsRequests({ client, option, env }: Session): Promise<AwsRequests> {
  const credentials = await awsCredentials(env);
  client.hide(credentials.secretAccessKey);
  if (credentials.sessionToken) client.hide(credentials.sessionToken);
  const region = option('region');
  const endpoint = (service: string) => awsEndpoint(service, region, env);

  const send = (service: string, request: CallRequest): Promise<Answer> =>
    client.call(request, (signable) => {
      // The length is not signed: proxies may send a body in another way.
      const covered = Object.entries(signable.headers).filter(([name]) => name !== 'content-length');
      const request = { ...signable, headers: Object.fromEntries(covered) };
      const scope = { region, service, time: new Date() };
      Object.assign(signable.headers, signatureHeaders(request, credentials, scope));
    });

  return {
    async query(service, action, parameters, purpose) {
      const body = new URLSearchParams({
        Action: action,
        Version: VERSIONS[service],
        ...parameters,
      }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const url = `${endpoint(service).replace(/\/+$/, '')}/`;
      const answer = await send(service, { method: 'POST', url, headers, body, purpose });
      return parseXml(answer.text);
    },
    ebs: (path, request) => send('ebs', { ...request, url: `${endpoint('ebs').replace(/\/+$/, '')}${path}` }),
  };
}
