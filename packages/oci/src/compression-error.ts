import { OciError } from './error.js';

/** Turns an error of a decoder into `truncated` or `invalid-compression`. */
export function compressionError(cause: unknown): unknown {
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  if (/unexpected (end of file|EOF)/i.test(message) || code === 'Z_BUF_ERROR') {
    return new OciError('truncated', 'the compressed layer ends too early', { cause });
  }
  return new OciError('invalid-compression', `the compressed layer is damaged: ${message}`, { cause });
}
