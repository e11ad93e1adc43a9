import { findFormat } from '@nx-linuxkit/formats';
import { CloudError } from './error.js';
import { DiskFile } from './file/disk-file.js';
import type { CloudImage, Platform, Target, Wanted } from './platform.js';
import { findPlatform } from './platforms.js';
import { openSession, type CloudRequest } from './session.js';
import { PushState } from './state.js';

export type { CloudRequest } from './session.js';

/** What to push. */
export interface PushRequest extends CloudRequest {
  /** The format that the file has. */
  readonly format: string;
  /** Path of the format's file. */
  readonly file: string;
  readonly architecture: 'amd64' | 'arm64';
  /** Folder for the notes by which a killed push goes on. */
  readonly state: string;
  /** Says what a push would do, and does nothing. */
  readonly dryRun?: boolean;
  /** Removes all but this many images of the system, once the new one is there. */
  readonly keepLast?: number;
}

/** What a push has made, as its result file says it; `result.schema.json` describes it. */
export interface PushResult {
  readonly platform: string;
  readonly system: string;
  readonly format: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly image: { readonly id: string; readonly name: string } & Readonly<Record<string, string>>;
  /** Whether the image was there before. */
  readonly existed: boolean;
  /** Names of the images that `keepLast` has removed. */
  readonly removed: readonly string[];
}

/** Characters of the digest in an image's name: enough that two builds of one system never share a name. */
const NAME_DIGITS = 12;

/**
 * Uploads a disk and makes an image of it. An image of the same bytes is left as it is, so that a second push sends
 * nothing. Undefined for a dry run.
 *
 * @throws CloudError, after it has removed what it had made.
 */
export async function push(request: PushRequest): Promise<PushResult | undefined> {
  const platform = findPlatform(request.platform);
  checkFormat(platform, request.format);
  const { target, close } = await openTarget(platform, request);
  const file = await DiskFile.open(request.file).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  try {
    const wanted = await wantedImage(request, file);
    request.log(`${platform.name}: ${await target.check()}`);
    const images = await target.list(request.system, file);
    const existing = images.find(({ sha256 }) => sha256 === file.sha256);
    if (request.dryRun) {
      await explain(request, platform, target, wanted, existing);
      return undefined;
    }
    if (existing) {
      request.log(`${platform.name}: ${existing.name} is there already: ${existing.id}`);
      await target.tidy?.(wanted);
    }
    const image = existing
      ? ((await target.complete?.(wanted, existing)) ?? existing)
      : await target.upload(wanted);
    await wanted.state.clear();
    if (!existing) request.log(`${platform.name}: made ${image.name}: ${image.id}`);
    const others = images.filter(({ id }) => id !== image.id);
    const removed = await removeOld(request, target, others);
    return resultOf(request, wanted, image, existing !== undefined, removed);
  } finally {
    await file.close();
    await close();
  }
}

/** Removes all images of a system, or all but the newest ones. Returns the names of those that it has removed. */
export async function unpush(request: CloudRequest & { readonly keepLast?: number }): Promise<string[]> {
  const platform = findPlatform(request.platform);
  const { target, close } = await openTarget(platform, request);
  try {
    if (!target.remove) {
      throw new CloudError('bad-option', `${platform.name} keeps no images that could be removed`);
    }
    request.log(`${platform.name}: ${await target.check()}`);
    const images = await target.list(request.system);
    if (images.length === 0) request.log(`${platform.name}: there is no image of ${request.system}`);
    return await removeImages(request, target, images.slice(request.keepLast ?? 0));
  } finally {
    await close();
  }
}

async function openTarget(
  platform: Platform,
  request: CloudRequest,
): Promise<{ target: Target; close: () => Promise<void> }> {
  const session = openSession(platform, request, platform.options);
  const { client } = session;
  const open = await platform.load();
  const target = await open(session);
  return {
    target,
    async close() {
      // What was pushed is there, whether the platform hears of the end or not.
      await target.close?.().catch((error: Error) => session.log(`warning: ${error.message}`));
      client.close();
    },
  };
}

function checkFormat({ name, formats }: Platform, format: string): void {
  if (formats.includes(format)) return;
  throw new CloudError('bad-file', `${name} does not take the format ${format}`, {
    hint: `It takes ${formats.join(', ')}.`,
  });
}

async function wantedImage(request: PushRequest, file: DiskFile): Promise<Wanted> {
  const { system, format, architecture } = request;
  const uefi = findFormat(format)?.medium?.startsWith('efi') ?? false;
  const name = `${system}-${file.sha256.slice(0, NAME_DIGITS)}`;
  const notes = (of: string) => PushState.open(request.state, `${request.platform}-${of}`);
  const [state, history] = [await notes(name), await notes(system)];
  return { name, system, format, architecture, firmware: uefi ? 'uefi' : 'bios', file, state, history };
}

async function explain(
  { log }: PushRequest,
  platform: Platform,
  target: Target,
  wanted: Wanted,
  existing: CloudImage | undefined,
): Promise<void> {
  log(`dry run: ${wanted.file.path}, ${wanted.file.size} bytes, sha256 ${wanted.file.sha256}`);
  if (existing) {
    log(`dry run: ${existing.name} is there already: ${existing.id}; nothing would be sent`);
    return;
  }
  for (const call of await target.plan(wanted)) log(`dry run: would ${call}`);
  if (platform.permissions.length > 0) log(`dry run: needs ${platform.permissions.join(', ')}`);
}

/** The new image counts as one of those that stay. */
async function removeOld(
  request: PushRequest,
  target: Target,
  others: readonly CloudImage[],
): Promise<string[]> {
  if (request.keepLast === undefined || !target.remove) return [];
  return removeImages(request, target, others.slice(Math.max(0, request.keepLast - 1)));
}

async function removeImages(
  { log, platform }: CloudRequest,
  target: Target,
  images: readonly CloudImage[],
): Promise<string[]> {
  const removed: string[] = [];
  for (const image of images) {
    await target.remove!(image);
    log(`${platform}: removed ${image.name}: ${image.id}`);
    removed.push(image.name);
  }
  return removed;
}

function resultOf(
  { platform }: PushRequest,
  { system, format, architecture, file }: Wanted,
  { id, name, details }: CloudImage,
  existed: boolean,
  removed: readonly string[],
): PushResult {
  return {
    platform,
    system,
    format,
    architecture,
    sha256: file.sha256,
    image: { id, name, ...details },
    existed,
    removed,
  };
}
