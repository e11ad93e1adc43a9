import { readFile } from 'node:fs/promises';
import { StageError } from '../../error.js';

/** Where the files of the option are, and the environment that may hold them. */
export interface SigningPlace {
  /** The absolute path of what the option names. */
  readonly path: (file: string) => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A text that a file or an environment variable holds. */
export interface Named {
  /** For messages: `certificate`. */
  readonly what: string;
  readonly file?: string;
  /** Read where no file is named. */
  readonly variable: string;
}

/** Bytes of a key, a certificate with those above it, or a password: an RSA key of 16,384 bits has 13 KiB. */
const LIMIT = 256 << 10;

/** Reads the text. Throws StageError `unreadable-file`, and `bad-option` where neither file nor variable has it. */
export async function readNamed({ what, file, variable }: Named, place: SigningPlace): Promise<string> {
  if (file === undefined) return fromEnvironment(what, variable, place);
  if (/-----BEGIN|\n/.test(file)) {
    throw new StageError(
      'bad-option',
      `the option holds the text of a ${what}, expected the path of a file`,
      {
        where: { file: 'nx.json' },
        hint: `Put the text into the environment variable ${variable}, and make a new one if it was a key.`,
      },
    );
  }
  try {
    const bytes = await readFile(place.path(file));
    if (bytes.length > LIMIT) throw new Error(`it has ${bytes.length} bytes, expected at most ${LIMIT}`);
    return bytes.toString('utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new StageError(
      'unreadable-file',
      `cannot read the ${what} for Secure Boot: ${code === 'ENOENT' ? 'it does not exist' : message}`,
      { where: { file }, hint: 'Check the path in the option `secureBoot` and the permissions of the file.' },
    );
  }
}

function fromEnvironment(what: string, variable: string, { environment }: SigningPlace): string {
  const text = environment[variable];
  if (text) return text;
  throw new StageError(
    'bad-option',
    `expected a ${what} for Secure Boot in a file or in ${variable}, got neither`,
    {
      where: { file: 'nx.json' },
      hint: `Name the file in the option \`secureBoot\`, or put its text into the environment variable ${variable}.`,
    },
  );
}
