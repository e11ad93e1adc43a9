import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OciError } from './error.js';
import { quote } from './digest.js';
import { DOCKER_HUB_HOSTS, DOCKER_HUB_LOGIN, isDockerHub } from './docker-hub.js';
import {
  ARCHIVE_JSON_LIMIT,
  asObject,
  asString,
  optional,
  parseJson,
  stringMap,
  type JsonObject,
} from './json.js';

/** Credentials for a registry: a user name with a password, or an identity token. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, which `docker login` gets from some registries instead of a password. */
  | { readonly identityToken: string };

/** The result of a search for the credentials of one registry. */
export interface Lookup {
  readonly credentials?: Credentials;
  /** The file that holds them. */
  readonly file?: string;
  /** Every file that was searched, each with its fault if it has one; the error for a 401 lists them. */
  readonly looked: readonly string[];
}

/** Where a `Keychain` searches. */
export interface KeychainOptions {
  /** Environment variables; default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The user's home directory; default: that of the account. */
  readonly home?: string;
}

/** A credential helper returns this user name when its secret is an identity token. */
const TOKEN_USER = '<token>';
/** Milliseconds. A helper may open the desktop's keyring and wait for a person; it may also hang. */
const HELPER_TIMEOUT = 30_000;
const HELPER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Reads credentials from the files that `docker login` and `podman login` write (containers-auth.json(5)), and
 * from the credential helpers that these files name. Hosts must match exactly: a match by prefix or substring
 * would send the credentials of `registry.io` to `registry.io.attacker.net`.
 */
export class Keychain {
  private readonly env: Readonly<Record<string, string | undefined>>;
  private readonly home: string;
  private readonly answers = new Map<string, Promise<Credentials | undefined>>();

  constructor(options: KeychainOptions = {}) {
    this.env = options.env ?? process.env;
    this.home = options.home ?? homedir();
  }

  /**
   * Searches the files in order and returns the credentials of the first one that has any for the registry `host`
   * (`docker.io`, `localhost:5000`). A key with a path counts only for a `repository` below that path. A file or
   * helper that cannot be used is reported in `looked` and does not end the search.
   */
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
    const aliases = isDockerHub(host) ? DOCKER_HUB_HOSTS : [host];
    const server = isDockerHub(host) ? DOCKER_HUB_LOGIN : host;
    const helpers = stringMap(config.credHelpers, 'credHelpers');
    const helper = aliases.map((alias) => helpers[alias]).find((name) => name);
    if (helper) return this.ask(helper, server);
    const store = optional(config.credsStore, asString, 'credsStore');
    const stored = store && (await this.ask(store, server));
    return stored || fromAuths(optional(config.auths, asObject, 'auths') ?? {}, aliases, repository);
  }

  /**
   * Asks a helper once for each registry and keeps its answer, even a failure: a call may prompt a person or
   * query a cloud service.
   */
  private ask(name: string, server: string): Promise<Credentials | undefined> {
    const key = `${name} ${server}`;
    const answer = this.answers.get(key) ?? this.askHelper(name, server);
    this.answers.set(key, answer);
    return answer;
  }

  /**
   * Speaks the protocol of https://github.com/docker/docker-credential-helpers: the helper reads the server's name
   * from stdin and writes JSON or an error text to stdout.
   */
  private async askHelper(name: string, server: string): Promise<Credentials | undefined> {
    const program = `docker-credential-${name}`;
    if (!HELPER_NAME.test(name)) {
      throw new OciError('invalid-credentials', `${quote(name)} is not the name of a credential helper`);
    }
    const { stdout, error } = await execute(program, server, this.env);
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
    // The cause is left out because it quotes the text, which may hold a password.
    if (!(cause instanceof OciError)) throw cause;
    throw new OciError('invalid-credentials', `${file} is not a JSON object`, {
      where: { file },
      hint: 'Repair the file, or log in again with docker login.',
    });
  }
}

/** Finds the entry with the longest matching key: the host, with or without leading parts of the repository. */
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

/** Reduces an old key, the URL `https://host/v1/`, to its host; a new key is a host, maybe with a path. */
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

function execute(
  program: string,
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ stdout: string; error?: Error }> {
  return new Promise((resolve) => {
    const child = execFile(program, ['get'], { env, timeout: HELPER_TIMEOUT }, (error, stdout) =>
      resolve(error ? { stdout, error } : { stdout }),
    );
    // A helper may end without reading its input; the EPIPE must not end this process.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
