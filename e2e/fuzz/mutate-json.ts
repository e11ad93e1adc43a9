import { mutateText } from './mutate-text.js';
import { pick, type Random } from './random.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const VALUES: readonly Json[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    '',
    ' ',
    '\0',
    '../../x',
    '/',
    'a'.repeat(5000),
    '\ud800',
  ],
  ...[
    [],
    [null],
    [[]],
    {},
    { length: 1 },
    { toString: null },
    ['x', 5],
    'sha256:',
    `sha256:${'0'.repeat(64)}`,
  ],
];
const KEYS = ['__proto__', 'constructor', 'toString', '', '\0', 'length', '../x'];

/** Replaces, removes, renames and moves values of a JSON document; every eighth input has broken syntax instead. */
export function mutateJson(next: Random, input: Buffer, other: Buffer): Buffer {
  if (next(8) === 0) return mutateText(next, input, other);
  const root = [parse(input), parse(other)];
  for (let edits = 1 + next(3); edits > 0; edits--) edit(next, root);
  return Buffer.from(JSON.stringify(root[0]) ?? 'null');
}

function parse(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString('utf8')) as Json;
  } catch {
    return bytes.toString('utf8');
  }
}

/** Every place of a document, as its parent and key. */
function places(value: Json, found: [parent: Json[] | { [key: string]: Json }, key: string][] = []) {
  if (typeof value !== 'object' || value === null) return found;
  const parent = value as { [key: string]: Json };
  for (const key of Object.keys(parent)) {
    found.push([parent, key]);
    places(parent[key], found);
  }
  return found;
}

function edit(next: Random, root: Json[]): void {
  const [first, second] = [places(root.slice(0, 1)), places(root)];
  const [parent, key] = pick(next, first) as [{ [key: string]: Json }, string];
  const copied = () => {
    const [from, name] = pick(next, second) as [{ [key: string]: Json }, string];
    return structuredClone(from[name]);
  };
  const kind = next(6);
  if (kind < 2) parent[key] = structuredClone(pick(next, VALUES));
  else if (kind === 2) parent[key] = copied();
  else if (kind === 3 && Array.isArray(parent) && parent.length > 1) parent.splice(Number(key), 1);
  else if (kind === 3) parent[key] = null;
  else if (kind === 4 && typeof parent[key] === 'string') parent[key] = spoiled(next, parent[key] as string);
  else {
    const value = copied();
    // An assignment to __proto__ would not make a key.
    const name = Array.isArray(parent) ? String(parent.length) : pick(next, KEYS);
    Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

function spoiled(next: Random, text: string): string {
  const at = next(text.length + 1);
  return (
    text.slice(0, at) +
    pick(next, ['', '/', ':', '@', '\n', '\0', '..', 'A', '-', '%']) +
    text.slice(at + next(2))
  );
}
