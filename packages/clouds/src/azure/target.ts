import { CloudError } from '../error.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { Gallery } from './gallery.js';
import { COMPUTE, DIGEST_TAG, generation, SYSTEM_TAG, tagsOf, TIME_TAG } from './marks.js';
import { openManager, type Manager, type Resource } from './resource-manager.js';
import { sendPages } from './pages.js';

/** Seconds for which the address of the upload is valid. */
const VALID = 24 * 60 * 60;
/** The end of a VHD's footer of 512 bytes lies there; Azure takes whole MiB before it. */
const FOOTER = 512;
const MIB = 2 ** 20;

/** Images of Azure, through a managed disk that is uploaded directly: no storage account is needed. */
export const openAzure: OpenTarget = async (session) => new AzureTarget(session, await openManager(session));

class AzureTarget implements Target {
  private readonly gallery: Gallery | undefined;

  constructor(
    private readonly session: Session,
    private readonly manager: Manager,
  ) {
    const name = session.option('gallery');
    if (name !== '') this.gallery = new Gallery(manager, name);
  }

  readonly check = async (): Promise<string> => {
    const group = await this.group();
    await this.gallery?.check();
    return `resource group ${this.session.option('resource-group')} in ${group.location}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> => {
    const images = await this.manager.list(`${COMPUTE}/images`, 'list images');
    return images
      .filter(({ tags }) => tags?.[SYSTEM_TAG] === system)
      .map(imageOf)
      .sort((a, b) => (a.created < b.created ? 1 : -1));
  };

  readonly plan = async ({ name, file, firmware }: Wanted): Promise<string[]> => [
    `make the disk ${diskOf(name)} of ${file.size} bytes`,
    'send its pages, but for those of zeros',
    `make the image ${name}, generation ${generation(firmware)}, and remove the disk`,
    ...(this.gallery ? [`publish it in the gallery ${this.session.option('gallery')}`] : []),
  ];

  readonly upload = async (wanted: Wanted): Promise<CloudImage> => {
    const { name, file, state } = wanted;
    if (file.size % MIB !== FOOTER) {
      throw new CloudError('bad-file', `${file.path} is no VHD of whole MiB: it has ${file.size} bytes`, {
        hint: 'Push the format vhd-efi or vhd.',
      });
    }
    const location = this.session.option('location') || ((await this.group()).location ?? '');
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      const disk = pathOfDisk(name);
      undo.add(`the disk ${diskOf(name)}`, async () => {
        await state.clear();
        await this.removeDisk(disk);
      });
      const address = await this.grant(disk, location, wanted);
      await sendPages(this.session, address, wanted);
      await this.manager.change('POST', `${disk}/endGetAccess`, undefined, 'end the upload');
      const image = await this.makeImage(disk, location, wanted);
      undo.add(`the image ${name}`, () => this.removeImage(name));
      await this.removeDisk(disk);
      return this.published(wanted, image, undo);
    });
  };

  readonly complete = (wanted: Wanted, image: CloudImage): Promise<CloudImage> => {
    const undo = new Undo(this.session.log);
    return undo.guard(() => this.published(wanted, image, undo));
  };

  readonly tidy = ({ name }: Wanted): Promise<void> => this.removeDisk(pathOfDisk(name));

  readonly remove = async ({ name, sha256, details }: CloudImage): Promise<void> => {
    await this.gallery?.remove(details.system ?? '', sha256);
    await this.removeImage(name);
  };

  /** The image, with its version where there is a gallery. */
  private async published(wanted: Wanted, image: CloudImage, undo: Undo): Promise<CloudImage> {
    if (!this.gallery) return image;
    const galleryVersion = await this.gallery.publish(wanted, image, undo);
    return { ...image, details: { ...image.details, galleryVersion } };
  }

  private async removeImage(name: string): Promise<void> {
    await this.manager.change('DELETE', `${COMPUTE}/images/${name}`, undefined, `remove ${name}`);
  }

  private async group(): Promise<Resource> {
    return (await this.manager.get('', 'look at the resource group')) ?? {};
  }

  /** Makes the disk and returns the address of its upload; an interrupted push has noted both. */
  private async grant(
    disk: string,
    location: string,
    { name, architecture, firmware, file, state }: Wanted,
  ): Promise<string> {
    const known = await this.manager.get(disk, `look at ${diskOf(name)}`);
    const address = state.get('address');
    if (known?.properties?.diskState === 'ActiveUpload' && typeof address === 'string') {
      this.session.client.hide(new URL(address).search.slice(1));
      return address;
    }
    if (known) await this.removeDisk(disk);
    const body = {
      location,
      sku: { name: 'Standard_LRS' },
      properties: {
        osType: 'Linux',
        hyperVGeneration: generation(firmware),
        supportedCapabilities: { architecture: architecture === 'arm64' ? 'Arm64' : 'x64' },
        creationData: { createOption: 'Upload', uploadSizeBytes: file.size },
      },
    };
    await this.manager.change('PUT', disk, body, `make ${diskOf(name)}`);
    const access = { access: 'Write', durationInSeconds: VALID };
    const granted = await this.manager.change('POST', `${disk}/beginGetAccess`, access, 'begin the upload');
    const { accessSAS } = granted as { accessSAS?: string };
    if (!accessSAS) throw new CloudError('platform-error', 'Azure has named no address for the upload');
    this.session.client.hide(new URL(accessSAS).search.slice(1));
    await state.set('address', accessSAS);
    return accessSAS;
  }

  private async makeImage(disk: string, location: string, wanted: Wanted): Promise<CloudImage> {
    const { name, firmware } = wanted;
    const made = await this.manager.get(disk, `look at ${diskOf(name)}`);
    const created = new Date().toISOString();
    const body = {
      location,
      tags: tagsOf(wanted, created),
      properties: {
        hyperVGeneration: generation(firmware),
        storageProfile: {
          osDisk: { osType: 'Linux', osState: 'Generalized', managedDisk: { id: made?.id } },
        },
      },
    };
    await this.manager.change('PUT', `${COMPUTE}/images/${name}`, body, `make the image ${name}`);
    const image = await this.manager.get(`${COMPUTE}/images/${name}`, `look at ${name}`);
    if (image?.properties?.provisioningState !== 'Succeeded') {
      const found = String(image?.properties?.provisioningState ?? 'gone');
      throw new CloudError('import-failed', `the image ${name} is ${found}, expected Succeeded`);
    }
    return imageOf(image);
  }

  private async removeDisk(disk: string): Promise<void> {
    const now = await this.manager.get(disk, 'look at the disk');
    if (!now) return;
    // A disk whose upload is open cannot be removed.
    if (now.properties?.diskState === 'ActiveUpload') {
      await this.manager.change('POST', `${disk}/endGetAccess`, undefined, 'end the upload');
    }
    await this.manager.change('DELETE', disk, undefined, 'remove the disk');
  }
}

const diskOf = (name: string): string => `${name}-upload`;
const pathOfDisk = (name: string): string => `${COMPUTE}/disks/${diskOf(name)}`;

function imageOf({ id = '', name = '', location = '', tags = {} }: Resource): CloudImage {
  return {
    id,
    name,
    sha256: tags[DIGEST_TAG] ?? '',
    created: tags[TIME_TAG] ?? '',
    details: { location, system: tags[SYSTEM_TAG] ?? '' },
  };
}
