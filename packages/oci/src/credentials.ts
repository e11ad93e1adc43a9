import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OciError } from './error.js';
import { quote } from './digest.js';
import {
  ARCHIVE_JSON_LIMIT,
  asObject,
  asString,
  optional,
  parseJson,
  stringMap,
  type JsonObject,
} from './json.js';

export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, as `docker login` gets from some registries. */
  | { readonly identityToken: string };

export interface Lookup {
  readonly credentials?: Credentials;
  /** The file that had them. */
  readonly file?: string;
  /** Every file that was looked at, with what was wrong with it: for the message of a 401. */
  readonly looked: readonly string[];
}

export interface KeychainOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

/** The key that `docker login` stores Docker Hub's credentials under. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HUB_HOSTS: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
/** The user name by which a credential helper says that the secret is an identity token. */
const TOKEN_USER = '<token>';
/** A helper may ask the desktop's keyring, which may ask a person; it may also wait for ever. */
const HELPER_TIMEOUT = 30_000;
const HELPER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Credentials out of the files that `docker login` and `podman login` write. Hosts match exactly: a prefix or a
 * substring would hand the credentials of `registry.io` to `registry.io.attacker.net`.
 */
export class Keychain {
  private readonly env: Readonly<Record<string, string | undefined>>;
  private readonly home: string;
  private readonly answers = new Map<string, Promise<Credentials | undefined>>();

  constructor(options: KeychainOptions = {}) {
    this.env = options.env ?? process.env;
    this.home = options.home ?? homedir();
  }

  /** The first file that knows the host wins. */
  async lookup(host: string, repository = ''): Promise<Lookup> {
    const looked: string[] = [];
    for (const file of this.files()) {
      const config = await readConfig(file);
      looked.push(config ? file : `${file} (absent)`);
      if (!config) continue;
      try {
        const credentials = await this.find(config, host, repository);
        if (credentials) return { credentials, file, looked };
      } catch (error) {
        if (!(error instanceof OciError)) throw error;
        looked[looked.length - 1] += ` (${error.message})`;
      }
    }
    return { looked };
  }

  private files(): readonly string[] {
    const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = this.env;
    return [
      join(DOCKER_CONFIG || join(this.home, '.docker'), 'config.json'),
      ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
      ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'containers', 'auth.json')] : []),
      join(XDG_CONFIG_HOME || join(this.home, '.config'), 'containers', 'auth.json'),
    ];
  }

  private async find(config: JsonObject, host: string, repository: string): Promise<Credentials | undefined> {
    const aliases = HUB_HOSTS.includes(host) ? HUB_HOSTS : [host];
    const helpers = stringMap(config.credHelpers, 'credHelpers');
    const helper = aliases.map((alias) => helpers[alias]).find((name) => name);
    if (helper) return this.ask(helper, HUB_HOSTS.includes(host) ? HUB_KEY : host);
    const store = optional(config.credsStore, asString, 'credsStore');
    const stored = store && (await this.ask(store, HUB_HOSTS.includes(host) ? HUB_KEY : host));
    return stored || fromAuths(optional(config.auths, asObject, 'auths') ?? {}, aliases, repository);
  }

  /** Once for a registry, whatever came of it: a helper may ask a cloud, or a person. */
  private ask(name: string, server: string): Promise<Credentials | undefined> {
    const key = `${name} ${server}`;
    const answer = this.answers.get(key) ?? this.run(name, server);
    this.answers.set(key, answer);
    return answer;
  }

  /** https://github.com/docker/docker-credential-helpers: the server on stdin, JSON or a complaint on stdout. */
  private async run(name: string, server: string): Promise<Credentials | undefined> {
    const program = `docker-credential-${name}`;
    if (!HELPER_NAME.test(name)) {
      throw new OciError('invalid-credentials', `${quote(name)} is not the name of a credential helper`);
    }
    const { stdout, error } = await run(program, server, this.env);
    if (error && /credentials not found/i.test(stdout)) return undefined;
    if (error) {
      const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not installed' : 'failed';
      throw new OciError('invalid-credentials', `${program} ${why}`, { cause: error });
    }
    const answer = asObject(parseJson(Buffer.from(stdout), `the answer of ${program}`), program);
    const username = optional(answer.Username, asString, 'Username') ?? '';
    const secret = asString(answer.Secret, `${program}: Secret`);
    return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
  }
}

async function readConfig(file: string): Promise<JsonObject | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OciError('invalid-credentials', `cannot read ${file}`, { cause });
  }
  try {
    return asObject(parseJson(bytes, 'the credentials', ARCHIVE_JSON_LIMIT), 'the credentials');
  } catch (cause) {
    // Without the cause, which quotes the text: it may hold a password.
    if (!(cause instanceof OciError)) throw cause;
    throw new OciError('invalid-credentials', `${file} is not a JSON object`, {
      where: { file },
      hint: 'Repair the file, or log in again with docker login.',
    });
  }
}

/** The longest key that is the host, or the host with a leading part of the repository (Podman). */
function fromAuths(
  auths: JsonObject,
  aliases: readonly string[],
  repository: string,
): Credentials | undefined {
  const parts = repository.split('/').filter((part) => part);
  for (let length = parts.length; length >= 0; length--) {
    for (const alias of aliases) {
      const wanted = [alias, ...parts.slice(0, length)].join('/');
      for (const [key, entry] of Object.entries(auths)) {
        const credentials =
          normalise(key) === wanted ? fromEntry(asObject(entry, `auths.${key}`)) : undefined;
        if (credentials) return credentials;
      }
    }
  }
  return undefined;
}

/** Old keys are URLs, `https://host/v1/`, of which the host counts; new ones are a host, maybe with a path. */
function normalise(key: string): string {
  const url = /^https?:\/\/([^/]*)/.exec(key);
  return url ? url[1] : key.replace(/\/+$/, '');
}

function fromEntry(entry: JsonObject): Credentials | undefined {
  const identityToken = optional(entry.identitytoken, asString, 'identitytoken');
  if (identityToken) return { identityToken };
  const auth = optional(entry.auth, asString, 'auth');
  if (auth) {
    const plain = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = plain.indexOf(':');
    if (colon === -1)
      throw new OciError('invalid-credentials', 'an entry under auths is not base64 of user:password');
    return { username: plain.slice(0, colon), password: plain.slice(colon + 1) };
  }
  const username = optional(entry.username, asString, 'username');
  const password = optional(entry.password, asString, 'password');
  return username && password ? { username, password } : undefined;
}

function run(
  program: string,
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ stdout: string; error?: Error }> {
  return new Promise((resolve) => {
    const child = execFile(program, ['get'], { env, timeout: HELPER_TIMEOUT }, (error, stdout) =>
      resolve(error ? { stdout, error } : { stdout }),
    );
    // A helper that ends without reading would otherwise end this process by EPIPE.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
