import { readFile } from 'node:fs/promises';
import {
  readPassword,
  readPrivateKey,
  readPublicKey,
  signMessage,
  verifies,
  type PrivateKey,
  type PublicKey,
} from '@nx-linuxkit/signatures';
import { statementOf } from './entry/statement.js';
import type { Recipe } from './entry/recipe.js';
import { CacheError } from './error.js';

/** Files with keys, as `cosign generate-key-pair` writes them. */
export interface KeyFiles {
  /** Signs what is stored. */
  readonly signWith?: string;
  /** One of these has to have signed what is restored; none for no check. */
  readonly require: readonly string[];
}

/** Signs entries, and checks their signatures. */
export class Trust {
  private constructor(
    private readonly own: PrivateKey | undefined,
    private readonly required: readonly PublicKey[],
  ) {}

  /** Reads the keys; a password comes from COSIGN_PASSWORD. Throws `bad-flag` for a file that cannot be read. */
  static async load({ signWith, require }: KeyFiles): Promise<Trust> {
    const own = signWith
      ? await readPrivateKey(await textOf(signWith), signWith, await readPassword())
      : undefined;
    const read = async (file: string) => readPublicKey(await textOf(file), file);
    return new Trust(own, await Promise.all(require.map(read)));
  }

  /** Whether entries that are stored here can be restored here: nothing is required, or the own key is one of those that are. */
  get acceptsOwn(): boolean {
    if (this.required.length === 0) return true;
    const nothing = Buffer.alloc(0);
    const signature = this.own && signMessage(this.own, nothing);
    return signature !== undefined && this.required.some((key) => verifies(key, nothing, signature));
  }

  sign(hash: string, recipe: Pick<Recipe, 'size' | 'sha256'>): Buffer | undefined {
    return this.own && signMessage(this.own, statementOf(hash, recipe));
  }

  /** Throws `untrusted-entry` unless the entry is signed with a required key, if any is required. */
  check(hash: string, recipe: Pick<Recipe, 'size' | 'sha256'>, signature: Buffer | undefined): void {
    if (this.required.length === 0) return;
    const statement = statementOf(hash, recipe);
    if (signature && this.required.some((key) => verifies(key, statement, signature))) return;
    const got = signature ? 'a signature of another key' : 'no signature';
    throw new CacheError('untrusted-entry', `expected an entry signed with a required key, got ${got}`);
  }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CacheError('bad-flag', `cannot read the key ${file}: ${cause.code ?? cause.message}`, {
      hint: 'Give the path of a key with --key or --require-key; `cosign generate-key-pair` makes a pair.',
    });
  });
}
