import { OciError } from '@nx-linuxkit/oci';
import { TreeError } from '@nx-linuxkit/tree/layer';
import { StageError } from '../error.js';
import type { Layer } from './layer.js';

/** Codes of errors that lie in a layer. Others, such as a full disk, have nothing to do with the layer. */
const IN_THE_LAYER = [
  ...['truncated', 'invalid-compression', 'too-large', 'digest-mismatch', 'size-mismatch'],
  'bad-image',
];

/** Adds the image and the layer to an error that lies in the layer. Other errors stay as they are. */
export async function namingLayer<T>(image: string, { blob }: Layer, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw inImage(error, `image ${image}: layer ${blob.digest}`);
  }
}

/** Puts a place in front of the message of an error that lies in an image. */
export function inImage(error: unknown, place: string): unknown {
  const isKnown = error instanceof OciError || error instanceof StageError;
  if (error instanceof TreeError) {
    const { code, message, hint, cause } = error;
    return new TreeError(code, `${place}: ${message}`, { hint, cause });
  }
  if (!isKnown || !IN_THE_LAYER.includes(error.code)) return error;
  const { message, hint, where, cause } = error;
  return error instanceof OciError
    ? new OciError(error.code, `${place}: ${message}`, { hint, where, cause })
    : new StageError(error.code, `${place}: ${message}`, { hint, where, cause });
}
