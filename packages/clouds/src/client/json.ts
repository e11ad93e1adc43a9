import { CloudError } from '../error.js';
import type { Answer } from './request.js';

/**
 * The object in an answer. Throws CloudError `platform-error` for anything else: a proxy that wants a log-in answers 200 with a page
 * of its own.
 */
export function objectIn<T extends object>({ text }: Pick<Answer, 'text'>, platform: string): T {
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T;
  throw new CloudError('platform-error', `${platform} has answered with something that is no JSON object`, {
    hint: 'Check the network and the proxy: something else may have answered in its place.',
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
