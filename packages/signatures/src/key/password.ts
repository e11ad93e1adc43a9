import { readSmallFile } from '../file.js';

/** Where the password of a private key comes from. */
export interface PasswordSource {
  /** A file whose first line is the password; it wins over the environment. */
  readonly file?: string;
  /** Name of an environment variable; default: COSIGN_PASSWORD, as cosign reads it. */
  readonly variable?: string;
}

const PASSWORD_LIMIT = 4096;

/** The password of a private key; `undefined` when neither file nor variable is there. Nothing prints it. */
export async function readPassword(
  { file, variable = 'COSIGN_PASSWORD' }: PasswordSource = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
  if (file === undefined) return environment[variable];
  const text = await readSmallFile(file, PASSWORD_LIMIT, 'the password of the private key');
  return text.replace(/\r?\n[^]*$/, '');
}
