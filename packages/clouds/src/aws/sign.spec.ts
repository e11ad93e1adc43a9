import { presignedUrl, signatureHeaders } from './sign.js';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const TIME = new Date('2015-08-30T12:36:00Z');

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signature: string;
}

/** The cases of AWS's own test suite, aws-sig-v4-test-suite, that our requests can have. */
const CASES: Case[] = [
  { name: 'get-vanilla', signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' },
  {
    name: 'get-vanilla-query-order-key-case',
    path: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-unreserved',
    path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'get-utf8',
    path: '/ሴ',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'get-utf8-query',
    path: '/?ሴ=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'post-vanilla',
    method: 'POST',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-header-key-sort',
    method: 'POST',
    headers: { 'My-Header1': 'value1' },
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
];

it.each(CASES)(
  '$name has the published signature',
  ({ method = 'GET', path = '/', headers = {}, body = '', signature }) => {
    const url = new URL(path, 'https://example.amazonaws.com');
    const signed = signatureHeaders({ method, url, headers, body: Buffer.from(body) }, KEYS, {
      region: 'us-east-1',
      service: 'service',
      time: TIME,
    });
    expect(signed.authorization).toContain(`Signature=${signature}`);
    expect(signed['x-amz-date']).toBe('20150830T123600Z');
  },
);

it('the example of the IAM user guide has its signature', () => {
  const signed = signatureHeaders(
    {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: Buffer.alloc(0),
    },
    KEYS,
    { region: 'us-east-1', service: 'iam', time: TIME },
  );
  expect(signed.authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

it('a session token is sent and signed, and a body that need not be signed is not hashed', () => {
  const request = {
    method: 'PUT',
    url: new URL('https://ebs.eu-central-1.amazonaws.com/snapshots/snap-1/blocks/0'),
    headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  };
  const sign = (body: string, sessionToken: string) =>
    signatureHeaders(
      { ...request, body: Buffer.from(body) },
      { ...KEYS, sessionToken },
      {
        region: 'eu-central-1',
        service: 'ebs',
        time: TIME,
      },
    );
  const one = sign('a', 'token');
  expect(one['x-amz-security-token']).toBe('token');
  expect(one.authorization).toContain(
    'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token',
  );
  expect(sign('b', 'token')).toEqual(one);
  expect(sign('a', 'other').authorization).not.toBe(one.authorization);
});

it('an address without keys is the published one of the S3 reference', () => {
  const keys = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const scope = { region: 'us-east-1', service: 's3', time: new Date('2013-05-24T00:00:00Z') };
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  expect(presignedUrl(url, keys, scope, 86_400)).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z' +
      '&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

it('a request for an object of S3 has the published signature', () => {
  const keys = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const signed = signatureHeaders(
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9', 'x-amz-content-sha256': empty },
      body: Buffer.alloc(0),
    },
    keys,
    { region: 'us-east-1', service: 's3', time: new Date('2013-05-24T00:00:00Z') },
  );
  expect(signed.authorization).toContain(
    'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});
