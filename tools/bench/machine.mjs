import { arch, cpus, loadavg, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What a reader needs to compare, and nothing that names the machine. */
export function machineFacts() {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    architecture: arch(),
    node: process.version,
    nx: require('nx/package.json').version,
    /** Whether the processor has instructions for SHA-256, by which hashing takes a fifth of the time. */
    sha: hasSha(),
    gzip: version('gzip', '--version'),
    pigz: version('pigz', '--version'),
    /** Jobs that wanted a core when the run began: above zero, others shared the machine. */
    load: loadavg()[0],
  };
}

function version(command, argument) {
  try {
    return /[\d.]+/.exec(execFileSync(command, [argument], { encoding: 'utf8' }))[0];
  } catch {
    return undefined;
  }
}

/** Undefined where the kernel does not list what the processor can do. */
function hasSha() {
  try {
    return /^(flags|Features)\s*:.*\b(sha_ni|sha2)\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return undefined;
  }
}
