import type { Reference } from '../reference.js';
import type { ImageSource } from './image-source.js';
import type { SourceOptions } from './options.js';

export function openImageSource(_reference: Reference, _options: SourceOptions = {}): ImageSource {
  throw new Error('to come');
}
