import { createHash, generateKeyPairSync } from 'node:crypto';
import { bundleToJSON } from '@sigstore/bundle';
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock';
import {
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
  type Signer,
} from '@sigstore/sign';
import { listen } from '@nx-linuxkit/testing';
import { STATEMENT_MEDIA_TYPE } from '../format/statement.js';
import type { JsonObject } from '../json.js';
import { signMessage, type PrivateKey } from '../key/private-key.js';

export interface Claims {
  /** Becomes the certificate's subject. */
  readonly sub: string;
  readonly iss: string;
}

/** A Sigstore of its own on loopback: certificate authority, certificate log, transparency log, timestamps. */
export interface SigstoreInstance {
  /** `trusted_root.json`. */
  readonly trustedRoot: JsonObject;
  /** A bundle over an envelope, as `cosign sign` makes it. */
  signStatement(statement: object, signer: Claims | PrivateKey): Promise<JsonObject>;
  /** A bundle over bytes, as `cosign sign-blob` makes it. */
  signBytes(bytes: Buffer, signer: Claims | PrivateKey): Promise<JsonObject>;
  stop(): Promise<void>;
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

export async function startSigstore(): Promise<SigstoreInstance> {
  // One time for all, in whole seconds, because the mock writes fractions in a form that is not always DER; and a
  // little ahead, because it dates its root certificates by the real clock. No check looks at a clock.
  const clock = new Date(Math.floor(Date.now() / 1000 + 5) * 1000);
  const start = new Date(clock.getTime() - 60_000);
  const [caKeys, logKeys, tsaKeys] = [newKeys(), newKeys(), newKeys()];
  const handlers = new Map<string, (body: string) => Promise<Answer>>();
  const { port, stop } = await listen((request, response) => {
    void (async () => {
      const body: Buffer[] = [];
      for await (const chunk of request) body.push(chunk as Buffer);
      const handler = handlers.get(request.url ?? '');
      if (!handler) return void response.writeHead(404).end();
      const answer = await handler(Buffer.concat(body).toString());
      response.writeHead(answer.statusCode, { 'content-type': answer.contentType ?? 'text/plain' });
      response.end(
        typeof answer.response === 'string' ? answer.response : Buffer.from(answer.response as Uint8Array),
      );
    })().catch(() => response.destroy());
  });
  const url = `http://localhost:${port}`;
  const ctlog = await initializeCTLog(caKeys, clock);
  const ca = await initializeCA(caKeys, ctlog, clock);
  const tlog = await initializeTLog(url, logKeys, clock);
  const tsa = await initializeTSA(tsaKeys, clock);
  for (const { path, fn } of [fulcioHandler(ca), rekorHandler(tlog), tsaHandler(tsa)]) handlers.set(path, fn);

  const witnesses = [
    new RekorWitness({ rekorBaseURL: url, entryType: 'intoto' }),
    new TSAWitness({ tsaBaseURL: url }),
  ];
  return {
    trustedRoot: rootOf(url, start, {
      ca: ca.rootCertificate,
      ctlog: ctlog.publicKey,
      tlog: tlog.publicKey,
      tsa: [tsa.intCertificate, tsa.rootCertificate],
    }),
    signStatement: async (statement, by) => {
      const builder = new DSSEBundleBuilder({ signer: signerOf(by, url), witnesses });
      const bundle = await builder.create({
        data: Buffer.from(JSON.stringify(statement)),
        type: STATEMENT_MEDIA_TYPE,
      });
      return bundleToJSON(bundle) as unknown as JsonObject;
    },
    signBytes: async (data, by) => {
      const builder = new MessageSignatureBundleBuilder({ signer: signerOf(by, url), witnesses });
      return bundleToJSON(await builder.create({ data })) as unknown as JsonObject;
    },
    stop,
  };
}

/** An identity gets a certificate of the instance; a key signs by itself. */
function signerOf(by: Claims | PrivateKey, url: string): Signer {
  if ('sub' in by) {
    const identityProvider = { getToken: async () => tokenOf(by) };
    return new FulcioSigner({ fulcioBaseURL: url, identityProvider });
  }
  const publicKey = by.publicKey.key.export({ type: 'spki', format: 'pem' }).toString();
  return {
    sign: async (data) => ({
      signature: signMessage(by, data),
      key: { $case: 'publicKey', publicKey, hint: 'any' },
    }),
  };
}

interface Answer {
  readonly statusCode: number;
  readonly response: string | ArrayBufferView;
  readonly contentType?: string;
}

/** An OpenID Connect token; the mock reads its claims and checks no signature. */
function tokenOf(claims: Claims): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ ...claims, exp: 4102444800 })}.signature`;
}

interface Roots {
  readonly ca: ArrayBufferView;
  readonly ctlog: Buffer;
  readonly tlog: Buffer;
  readonly tsa: readonly ArrayBufferView[];
}

function rootOf(baseUrl: string, from: Date, { ca, ctlog, tlog, tsa }: Roots): JsonObject {
  const validFor = { start: from.toISOString() };
  const chain = (certificates: readonly ArrayBufferView[]) => ({
    subject: { organization: 'test', commonName: 'test' },
    uri: 'http://localhost',
    certChain: { certificates: certificates.map((item) => ({ rawBytes: base64(item) })) },
    validFor,
  });
  const log = (publicKey: Buffer) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: createHash('sha256').update(publicKey).digest('base64') },
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(tlog)],
    certificateAuthorities: [chain([ca])],
    ctlogs: [log(ctlog)],
    timestampAuthorities: [chain(tsa)],
  };
}

const base64 = (bytes: ArrayBufferView): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
