import { nearest } from '@nx-linuxkit/errors';
import { CloudError } from './error.js';
import type { Platform } from './platform.js';

/**
 * The options of a push: those that are given, else those of the environment, else the defaults.
 *
 * @throws CloudError `bad-option` for one that is unknown or missing.
 */
export function resolveOptions(
  { name: platform, options }: Pick<Platform, 'name' | 'options'>,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): (name: string) => string {
  const names = options.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const meant = near === undefined ? '' : `, did you mean ${near}?`;
    throw new CloudError('bad-option', `${platform} has no option ${name}${meant}`, {
      hint: names.length > 0 ? `It has ${names.join(', ')}.` : 'It has none.',
    });
  }
  const values = new Map<string, string>();
  for (const option of options) {
    const fromEnv = option.env?.map((variable) => env[variable]).find((value) => value);
    const value = given[option.name] ?? fromEnv ?? option.default;
    if (value === undefined) throw missing(platform, option.name, option.text, option.env);
    values.set(option.name, value);
  }
  return (name) => values.get(name) ?? '';
}

function missing(platform: string, name: string, text: string, env: readonly string[] = []): CloudError {
  const or = env.length > 0 ? `, or set ${env[0]}` : '';
  return new CloudError('bad-option', `${platform} needs the option ${name}: ${text}`, {
    hint: `Add --with.${name}=… to nx, or --${name} to nx-linuxkit${or}.`,
  });
}
