/** Numbers of fields. https://github.com/moby/buildkit/blob/v0.13.0/api/services/control/control.proto */
const STATUS = { vertexes: 1, logs: 3 } as const;
const VERTEX = { name: 3, started: 5, completed: 6, error: 7 } as const;
const LOG = { message: 4 } as const;

/** The lines that a message of BuildKit's has for people: steps that begin, what programs print, and errors. */
export function linesOfStatus(message: Buffer): string[] {
  return [...fieldsOf(message)].flatMap(([field, bytes]) => {
    if (field === STATUS.logs) return [textOf(fieldsOf(bytes), LOG.message)];
    return field === STATUS.vertexes ? linesOfVertex(new Map(fieldsOf(bytes))) : [];
  });
}

function linesOfVertex(vertex: ReadonlyMap<number, Buffer>): string[] {
  const begins = vertex.has(VERTEX.started) && !vertex.has(VERTEX.completed);
  const error = textOf(vertex, VERTEX.error);
  return [
    ...(begins ? [`${textOf(vertex, VERTEX.name)}\n`] : []),
    ...(error === '' ? [] : [`ERROR: ${error}\n`]),
  ];
}

function textOf(fields: Iterable<[number, Buffer]>, field: number): string {
  return (new Map(fields).get(field) ?? Buffer.alloc(0)).toString('utf8');
}

/** The fields of a message that have a length: texts, bytes and messages. Stops where a message is damaged. */
function* fieldsOf(message: Buffer): Generator<[number, Buffer]> {
  let at = 0;
  while (at < message.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type !== 2) return;
    if (type !== 2) continue;
    const end = varint() + at;
    if (end > message.length) return;
    yield [field, message.subarray(at, end)];
    at = end;
  }

  /** https://protobuf.dev/programming-guides/encoding/#varints */
  function varint(): number {
    let value = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++];
      value += (byte % 128) * factor;
      if (byte < 128) break;
    }
    return value;
  }
}
