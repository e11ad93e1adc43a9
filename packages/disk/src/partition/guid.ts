import { createHash } from 'node:crypto';

/** Type GUIDs of partitions: UEFI specification 5.3.3 and the Discoverable Partitions Specification. */
export const GPT_TYPES = {
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  basicData: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  biosBoot: '21686148-6449-6E6F-744E-656564454649',
  rootAmd64: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  rootVerityAmd64: '2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5',
  rootArm64: 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE',
  rootVerityArm64: 'DF3300CE-D69F-4C92-978C-9BFB0F38D820',
} as const;

/** A GUID's text from its 32 digits. */
export const dashed = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The 16 bytes of a GUID; its first three groups are little endian (UEFI specification, appendix A). */
export function guidBytes(text: string): Buffer {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new RangeError(`not a GUID: ${text}`);
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** A GUID derived from `text`. Its version is 8 (RFC 9562, custom), so no reader takes it for a random one. */
export function guidFrom(text: string): Buffer {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[7] = (bytes[7]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}
