import { createHash } from 'node:crypto';

/** The measurements of an enclave as nitro-cli prints them: hexadecimal digits of SHA-384. */
export interface EifMeasurements {
  readonly HashAlgorithm: 'Sha384';
  /** Kernel, command line, all ramdisks. */
  readonly PCR0: string;
  /** Kernel, command line, the first ramdisk. */
  readonly PCR1: string;
  /** All ramdisks but the first. */
  readonly PCR2: string;
}

/** Bytes of SHA-384, and of a register before anything is measured. */
const DIGEST_BYTES = 48;

/** A register that is extended once: the hash over its zeros and over the hash of all that was measured. */
export class Measurement {
  readonly #hash = createHash('sha384');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends the measurement. */
  value(): string {
    return createHash('sha384').update(Buffer.alloc(DIGEST_BYTES)).update(this.#hash.digest()).digest('hex');
  }
}
