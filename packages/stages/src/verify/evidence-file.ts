import { readFile } from 'node:fs/promises';
import { formatEvidence, parseEvidence, SignatureError, type Evidence } from '@nx-linuxkit/signatures';

/** What convinced the checks of a system's images, by the name that `formatImage` gives. */
export type KeptEvidence = ReadonlyMap<string, Evidence>;

const VERSION = 1;

/** How messages speak of the file. */
export interface EvidenceNaming {
  /** Its path. */
  readonly file: string;
  /** What writes it anew, as a part of a sentence: "run `nx lock my-os`". */
  readonly renew: string;
}

/**
 * Reads the file beside the lock; empty where there is none. Its content is not trusted, as every check verifies it
 * again. Error: SignatureError `invalid-evidence`.
 */
export async function readEvidenceFile(path: string, naming: EvidenceNaming): Promise<KeptEvidence> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return new Map();
    throw invalid(naming, `cannot be read: ${message}`, cause);
  }
  return parseEvidenceFile(text, naming);
}

/** Parses the text of the file. Error: SignatureError `invalid-evidence`. */
export function parseEvidenceFile(text: string, naming: EvidenceNaming): KeptEvidence {
  const document = parse(text, naming);
  if (!isObject(document)) throw invalid(naming, 'expected an object');
  const { signaturesVersion: version, images } = document;
  if (version !== VERSION) {
    throw invalid(
      naming,
      `signaturesVersion: expected ${VERSION}, got ${JSON.stringify(version) ?? 'nothing'}`,
    );
  }
  if (!isObject(images)) throw invalid(naming, 'images: expected an object');
  return new Map(
    Object.entries(images).map(([name, evidence]) => [
      name,
      parseEvidence(JSON.stringify(evidence), naming.file),
    ]),
  );
}

/** One canonical JSON document: the same evidence has the same bytes. */
export function formatEvidenceFile(kept: KeptEvidence): string {
  const sorted = [...kept].sort(([a], [b]) => (a < b ? -1 : 1));
  const images = Object.fromEntries(
    sorted.map(([name, evidence]) => [name, JSON.parse(formatEvidence(evidence)) as unknown]),
  );
  return `${JSON.stringify({ signaturesVersion: VERSION, images }, null, 2)}\n`;
}

function parse(text: string, naming: EvidenceNaming): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(naming, 'it is not JSON', cause);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid({ file, renew }: EvidenceNaming, why: string, cause?: unknown): SignatureError {
  return new SignatureError('invalid-evidence', why, {
    where: { file },
    hint: `Restore the file from version control, or delete it and ${renew}.`,
    cause,
  });
}
