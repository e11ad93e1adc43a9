import { bytesContent } from '@nx-linuxkit/tree';
import { makeImage, partOf, type Image } from '../image/image.js';
import { alignUp } from '../image/units.js';
import { contextTag, der, oid, TAG } from './der.js';
import { programDigest, TABLE_UNIT, unsignedProgram } from './program-digest.js';
import { contentInfo, signedData, type Signer } from './signed-data.js';

/** SPC_INDIRECT_DATA_OBJID and SPC_PE_IMAGE_DATA_OBJID of Authenticode. */
const INDIRECT_DATA = '1.3.6.1.4.1.311.2.1.4';
const PE_IMAGE_DATA = '1.3.6.1.4.1.311.2.1.15';
const SHA256 = der(TAG.sequence, oid('2.16.840.1.101.3.4.2.1'), der(TAG.null));
/** WIN_CERT_REVISION_2_0 and WIN_CERT_TYPE_PKCS_SIGNED_DATA: UEFI specification 32.2.4. */
const REVISION = 0x0200;
const SIGNED_DATA = 2;

/**
 * An EFI program with a signature that Secure Boot checks, in place of one that it has. The program is read once for its
 * digest, and again when a writer asks.
 *
 * @throws DiskError `bad-loader` for something else than an EFI program, and what `signedData` throws.
 */
export async function signProgram(program: Image, signer: Signer): Promise<Image> {
  const unsigned = await unsignedProgram(program);
  const statement = indirectData(await programDigest(program, unsigned));
  const signature = await signedData(
    {
      type: INDIRECT_DATA,
      content: der(TAG.sequence, ...statement),
      // The digest covers what is in the sequence, without its tag and length: RFC 2315, section 9.3.
      digested: Buffer.concat(statement),
      attributes: true,
    },
    signer,
  );
  const table = certificateTable(contentInfo(signature));
  const at = alignUp(unsigned.size, TABLE_UNIT);
  const head = Buffer.from(unsigned.head);
  head.writeUInt32LE(at, unsigned.entry);
  head.writeUInt32LE(table.length, unsigned.entry + 4);
  return makeImage(at + table.length, [
    { offset: 0, content: bytesContent(head) },
    ...partOf(program, head.length, unsigned.size),
    { offset: at, content: bytesContent(table) },
  ]);
}

/** What Authenticode signs: the digest of a program, and that it is one. */
function indirectData(digest: Buffer): Buffer[] {
  const file = der(contextTag(0), der(contextTag(2), der(contextTag(0, false))));
  const noFlags = der(TAG.bitString, Buffer.from([0]));
  return [
    der(TAG.sequence, oid(PE_IMAGE_DATA), der(TAG.sequence, noFlags, file)),
    der(TAG.sequence, SHA256, der(TAG.octetString, digest)),
  ];
}

/** A table of one WIN_CERTIFICATE. */
function certificateTable(signature: Buffer): Buffer {
  const length = 8 + signature.length;
  const table = Buffer.alloc(alignUp(length, TABLE_UNIT));
  table.writeUInt32LE(table.length, 0);
  table.writeUInt16LE(REVISION, 4);
  table.writeUInt16LE(SIGNED_DATA, 6);
  signature.copy(table, 8);
  return table;
}
