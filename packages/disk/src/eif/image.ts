import { bytesContent, DEFAULT_MTIME, writeFully, type Content } from '@nx-linuxkit/tree';
import { writeAtomically } from '../container/file.js';
import { DiskError } from '../error.js';
import { lendSlice } from '../image/image.js';
import { Crc } from './crc.js';
import { eifHeader, EIF_HEADER_BYTES, MOST_SECTIONS, sectionHeader, SECTION, type Placed } from './layout.js';
import { Measurement, type EifMeasurements } from './measurement.js';

/** What an enclave is made of. */
export interface EifParts {
  readonly kernel: Content;
  /** Without a byte 0 at its end. */
  readonly cmdline: string;
  /** Joined in this order, they are the initrd. The first one counts for PCR1, all others for PCR2. */
  readonly ramdisks: readonly Content[];
  readonly arch: 'amd64' | 'arm64';
  /** What the metadata calls the image. */
  readonly name: string;
}

/**
 * Writes an image of an AWS Nitro enclave, version 4, and returns its measurements. Source of layout and measurements:
 * https://github.com/aws/aws-nitro-enclaves-image-format, README.md and src/defs. Where nitro-cli writes the time of the
 * build into the metadata, which no PCR covers, this writes a fixed one, so that the file is the same on every host.
 *
 * @throws DiskError `bad-option` for more ramdisks than the header has room for.
 */
export async function writeEif(parts: EifParts, path: string): Promise<EifMeasurements> {
  const sections = place(parts);
  const [all, boot, application] = [new Measurement(), new Measurement(), new Measurement()];
  const crc = new Crc();
  const head = eifHeader(parts.arch, sections);
  crc.update(head);
  let ramdisks = 0;
  await writeAtomically(path, async (file) => {
    for (const section of sections) {
      const measured = measuredBy(section.type === SECTION.ramdisk ? ramdisks++ : 0, section.type);
      let at = section.offset;
      const write = async (bytes: Uint8Array): Promise<void> => {
        crc.update(bytes);
        await writeFully(file, bytes, at);
        at += bytes.length;
      };
      await write(sectionHeader(section));
      for await (const chunk of lendSlice(section.content)) {
        for (const measurement of measured) measurement.update(chunk);
        await write(chunk);
      }
    }
    await writeFully(file, Buffer.concat([head, crc.bytes()]), 0);
  });
  return { HashAlgorithm: 'Sha384', PCR0: all.value(), PCR1: boot.value(), PCR2: application.value() };

  function measuredBy(ramdisk: number, type: number): Measurement[] {
    if (type === SECTION.metadata) return [];
    return [all, ramdisk === 0 ? boot : application];
  }
}

/** The sections in nitro-cli's order, each behind the one before it. */
function place({ kernel, cmdline, ramdisks, name }: EifParts): Placed[] {
  const wanted: Pick<Placed, 'type' | 'content'>[] = [
    { type: SECTION.kernel, content: kernel },
    { type: SECTION.cmdline, content: bytesContent(cmdline) },
    { type: SECTION.metadata, content: bytesContent(metadata(name)) },
    ...ramdisks.map((content) => ({ type: SECTION.ramdisk, content })),
  ];
  if (wanted.length > MOST_SECTIONS) {
    throw new DiskError(
      'bad-option',
      `an EIF has at most ${MOST_SECTIONS - 3} ramdisks, got ${ramdisks.length}`,
    );
  }
  let offset = EIF_HEADER_BYTES;
  return wanted.map((section) => {
    const placed = { ...section, offset };
    offset += sectionHeader(placed).length + section.content.size;
    return placed;
  });
}

/** The fields that nitro-cli's `describe-eif` reads. */
function metadata(name: string): string {
  return JSON.stringify({
    ImageName: name,
    ImageVersion: '1.0',
    BuildMetadata: {
      BuildTime: new Date(DEFAULT_MTIME * 1000).toISOString(),
      BuildTool: 'nx-linuxkit',
      // The version of this layout: one of a release would change the bytes with every release.
      BuildToolVersion: '1',
      OperatingSystem: 'Linux',
      KernelVersion: 'Unknown',
    },
    DockerInfo: {},
    CustomMetadata: {},
  });
}
