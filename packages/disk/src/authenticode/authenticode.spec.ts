import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent } from '@nx-linuxkit/tree';
import { contentAsImage, dump, run, scratch } from '../__tests__/tools.js';
import { makeImage, type Image } from '../image/image.js';
import { enrolment, type EnrolledVariable } from './enrolment.js';
import { signProgram } from './sign-program.js';
import { contentInfo, type Signer } from './signed-data.js';

/** The vendors of the variables in their bytes: EFI_GLOBAL_VARIABLE twice, EFI_IMAGE_SECURITY_DATABASE_GUID. */
const VENDORS = {
  PK: '61dfe48bca93d211aa0d00e098032b8c',
  KEK: '61dfe48bca93d211aa0d00e098032b8c',
  db: 'cbb219d73a3d9645a3bcdad00e67656f',
};

const dir = scratch();
const STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const stub = readFileSync(STUB);
const program = contentAsImage(bytesContent(stub));

/** A key and its certificate by openssl, `args` saying which kind of key. */
function keyPair(name: string, ...args: string[]): { certificate: string; signer: Signer } {
  const [key, certificate] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)];
  const files = ['-keyout', key, '-out', certificate];
  run('openssl', 'req', '-x509', '-nodes', '-days', '3650', '-subj', `/CN=${name}`, ...args, ...files);
  const privateKey = createPrivateKey(readFileSync(key));
  const certificates = [new X509Certificate(readFileSync(certificate)).raw];
  return { certificate, signer: { certificates, sign: async (bytes) => sign('sha256', bytes, privateKey) } };
}

const rsa = keyPair('rsa', '-newkey', 'rsa:2048');
const other = keyPair('other', '-newkey', 'rsa:3072');
const ec = keyPair('ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256');

const signed = async (image: Image, signer: Signer, name: string): Promise<string> =>
  dump(await signProgram(image, signer), join(dir, name));
const verified = (path: string, certificate: string): string => run('sbverify', '--cert', certificate, path);

test.each([
  ['RSA', rsa],
  ['an elliptic key', ec],
])('sbverify accepts a program signed by %s', async (name, { certificate, signer }) => {
  expect(verified(await signed(program, signer, `${name}.efi`), certificate)).toContain('verification OK');
});

test('another certificate does not verify it', async () => {
  const path = await signed(program, rsa.signer, 'by-rsa.efi');
  expect(() => verified(path, other.certificate)).toThrow(/verification failed/);
});

test('RSA gives the same bytes each time, and the program itself stays as it is', async () => {
  const bytes = readFileSync(await signed(program, rsa.signer, 'once.efi'));
  expect(readFileSync(await signed(program, rsa.signer, 'twice.efi')).equals(bytes)).toBe(true);
  const [entry, size] = [bytes.readUInt32LE(0x3c) + 24 + 112 + 32, stub.length];
  expect(bytes.readUInt32LE(entry) - size).toBeLessThan(8);
  expect(bytes.subarray(0, entry).equals(stub.subarray(0, entry))).toBe(true);
  expect(bytes.subarray(entry + 8, size).equals(stub.subarray(entry + 8))).toBe(true);
});

test('a changed byte in the headers, in a section or in the padding is found', async () => {
  const path = await signed(program, rsa.signer, 'whole.efi');
  const whole = readFileSync(path);
  for (const at of [0x50, stub.length >> 1, stub.length - 1]) {
    const changed = Buffer.from(whole);
    changed[at]! ^= 1;
    const damaged = await dump(contentAsImage(bytesContent(changed)), join(dir, `changed-${at}.efi`));
    expect(() => verified(damaged, rsa.certificate)).toThrow(/verification failed/);
  }
});

test('a new signature replaces the one that a program has', async () => {
  const once = await signProgram(program, other.signer);
  const again = readFileSync(await signed(once, rsa.signer, 'again.efi'));
  expect(again.equals(readFileSync(await signed(program, rsa.signer, 'fresh.efi')))).toBe(true);
});

test('a program whose size is no multiple of eight is padded', async () => {
  const odd = makeImage(stub.length + 3, [
    ...program.extents,
    { offset: stub.length, content: bytesContent('odd') },
  ]);
  expect(verified(await signed(odd, rsa.signer, 'odd.efi'), rsa.certificate)).toContain('verification OK');
});

test('the certificates that lead to the firmware’s are in the signature', async () => {
  const certificates = [...rsa.signer.certificates, ...other.signer.certificates];
  const path = await signed(program, { ...rsa.signer, certificates }, 'chain.efi');
  expect(readFileSync(path).includes(Buffer.from(other.signer.certificates[0]!))).toBe(true);
  expect(verified(path, rsa.certificate)).toContain('verification OK');
});

test.each([
  ['a signature of another key', { ...rsa.signer, sign: other.signer.sign }, /that the certificate verifies/],
  ['text in place of a certificate', { ...rsa.signer, certificates: [Buffer.from('x')] }, /X\.509/],
  ['no certificate', { ...rsa.signer, certificates: [] }, /got none/],
  ['a key that UEFI does not know', keyPair('ed25519', '-newkey', 'ed25519').signer, /got ed25519/],
] as [string, Signer, RegExp][])('%s is refused', async (_, signer, message) => {
  await expect(signProgram(program, signer)).rejects.toThrow(
    expect.objectContaining({ code: 'bad-option', message: expect.stringMatching(message) }),
  );
});

test('a file that is no EFI program is refused', async () => {
  await expect(signProgram(contentAsImage(bytesContent('text')), rsa.signer)).rejects.toThrow(
    expect.objectContaining({ code: 'bad-loader' }),
  );
});

test('what enrols a certificate is signed by its key, and is the same bytes each time', async () => {
  const made = await enrolment(rsa.signer);
  expect(await enrolment(rsa.signer)).toEqual(made);
  for (const [name, vendor] of Object.entries(VENDORS)) {
    const file = made[name as EnrolledVariable];
    const end = 16 + file.readUInt32LE(16);
    const [time, signature, list] = [file.subarray(0, 16), file.subarray(40, end), file.subarray(end)];
    const attributes = Buffer.from([0x27, 0, 0, 0]);
    const signed = Buffer.concat([
      Buffer.from(name, 'utf16le'),
      Buffer.from(vendor, 'hex'),
      attributes,
      time,
      list,
    ]);
    const paths = ['signature', 'signed'].map((each) => join(dir, `${name}.${each}`));
    // openssl wants a ContentInfo, which the firmware adds itself.
    writeFileSync(paths[0]!, contentInfo(Buffer.from(signature)));
    writeFileSync(paths[1]!, signed);
    const args = ['-inform', 'DER', '-in', paths[0]!, '-content', paths[1]!, '-binary', '-noverify'];
    expect(() => run('openssl', 'smime', '-verify', ...args)).not.toThrow();
    expect(list.readUInt32LE(16)).toBe(list.length);
    expect(list.subarray(44).equals(Buffer.from(rsa.signer.certificates[0]!))).toBe(true);
    expect(time.toString('hex')).toBe('e1070412101e00000000000000000000');
  }
});
