import { inflateSync } from 'node:zlib';
import { membersOf, textIn, type NamedPackage } from './record.js';

/**
 * The crates of a Cargo.lock: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html. Cargo writes each table
 * `[[package]]` with one key a line. A crate without a source is the project's own.
 */
export function readCargoLock(text: string): NamedPackage[] {
  return text
    .split(/^\[\[package\]\]$/m)
    .slice(1)
    .flatMap((table) => {
      const own = table.split(/^\[/m)[0];
      const [name, version, source] = ['name', 'version', 'source'].map(
        (key) => new RegExp(`^${key} = "([^"]*)"$`, 'm').exec(own)?.[1],
      );
      return name && version && source ? [{ type: 'cargo', name, version }] : [];
    });
}

/** Bytes of the list of a program; one of a thousand crates has 100 kB. */
const LARGEST = 8 << 20;

/**
 * The crates in the section `.dep-v0` of a program that cargo-auditable has built, without those that only the build used:
 * https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md. Empty for a section that cannot be read.
 */
export function readCargoAuditable(section: Buffer): NamedPackage[] {
  let json: unknown;
  try {
    json = JSON.parse(inflateSync(section, { maxOutputLength: LARGEST }).toString('utf8'));
  } catch {
    return [];
  }
  const { packages } = membersOf(json);
  return (Array.isArray(packages) ? packages : []).flatMap((one) => {
    const { name, version, source, kind } = membersOf(one);
    const [known, of] = [textIn(name), textIn(version)];
    const isUsed = kind !== 'build' && source !== 'local';
    return known !== undefined && of !== undefined && isUsed
      ? [{ type: 'cargo', name: known, version: of }]
      : [];
  });
}
