import { CloudError } from '../error.js';
import type { CloudImage, Wanted } from '../platform.js';
import type { Undo } from '../undo.js';
import type { Manager, Resource } from './resource-manager.js';
import { COMPUTE, DIGEST_TAG, generation, tagsOf } from './marks.js';

/** What Azure says of a version that can be used. */
const SUCCEEDED = 'Succeeded';

/** A compute gallery, in which an image is a version of a definition: https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery. */
export class Gallery {
  private readonly path: string;

  constructor(
    private readonly manager: Manager,
    private readonly name: string,
  ) {
    this.path = `${COMPUTE}/galleries/${encodeURIComponent(name)}`;
  }

  /** Throws CloudError `not-found` before a byte is sent. */
  async check(): Promise<void> {
    if (await this.manager.get(this.path, `look at the gallery ${this.name}`)) return;
    throw new CloudError('not-found', `there is no gallery ${this.name} in the resource group`, {
      hint: `Make it: \`az sig create --gallery-name ${this.name} --resource-group …\`.`,
    });
  }

  /** Adds a version out of an image, with the next number of the system's definition, unless it is there. Returns its id. */
  async publish(wanted: Wanted, image: CloudImage, undo: Undo): Promise<string> {
    const location = image.details.location ?? '';
    const definition = `${this.path}/images/${definitionOf(wanted.system)}`;
    await this.define(definition, wanted, location);
    const known = await this.versions(definition);
    const begun = known.find(({ tags }) => tags?.[DIGEST_TAG] === wanted.file.sha256);
    if (begun?.properties?.provisioningState === SUCCEEDED) return begun.id ?? '';
    const number = begun?.name ?? `1.0.${Math.max(0, ...known.map(patchOf)) + 1}`;
    const body = {
      location,
      tags: tagsOf(wanted, image.created),
      properties: {
        publishingProfile: { targetRegions: [{ name: location }] },
        storageProfile: { source: { id: image.id } },
      },
    };
    const purpose = `publish version ${number} in ${this.name}`;
    undo.add(`version ${number} in the gallery`, () => this.remove(wanted.system, wanted.file.sha256));
    await this.manager.change('PUT', `${definition}/versions/${number}`, body, purpose);
    const made = await this.manager.get(`${definition}/versions/${number}`, purpose);
    if (made?.properties?.provisioningState === SUCCEEDED) return made.id ?? '';
    const found = String(made?.properties?.provisioningState ?? 'gone');
    throw new CloudError(
      'import-failed',
      `version ${number} in ${this.name} is ${found}, expected ${SUCCEEDED}`,
    );
  }

  /** Removes the version of an image, if there is one. */
  async remove(system: string, sha256: string): Promise<void> {
    const definition = `${this.path}/images/${definitionOf(system)}`;
    if (!(await this.manager.get(definition, 'look at the definition'))) return;
    for (const { name, tags } of await this.versions(definition)) {
      if (tags?.[DIGEST_TAG] !== sha256) continue;
      await this.manager.change(
        'DELETE',
        `${definition}/versions/${name}`,
        undefined,
        `remove version ${name}`,
      );
    }
  }

  /** Makes the definition of a system, whose generation and architecture never change. */
  private async define(path: string, wanted: Wanted, location: string): Promise<void> {
    const { system, firmware, architecture } = wanted;
    const hyperVGeneration = generation(firmware);
    const known = await this.manager.get(path, `look at the definition of ${system}`);
    const has = known?.properties?.hyperVGeneration;
    if (has !== undefined && has !== hyperVGeneration) {
      throw new CloudError(
        'bad-option',
        `the gallery has ${system} as generation ${String(has)}, and the format is for ${hyperVGeneration}`,
        {
          hint: 'Push the other format, vhd-efi or vhd, or remove the definition.',
        },
      );
    }
    if (known) return;
    const body = {
      location,
      properties: {
        osType: 'Linux',
        osState: 'Generalized',
        hyperVGeneration,
        architecture: architecture === 'arm64' ? 'Arm64' : 'x64',
        identifier: {
          publisher: 'nx-linuxkit',
          offer: definitionOf(system),
          sku: `${hyperVGeneration}-${architecture}`,
        },
      },
    };
    await this.manager.change('PUT', path, body, `define ${system} in ${this.name}`);
  }

  private versions(definition: string): Promise<Resource[]> {
    return this.manager.list(`${definition}/versions`, 'list versions');
  }
}

/** A name that Azure takes. */
const definitionOf = (system: string): string => system.replace(/[^A-Za-z0-9.-]/g, '-');
const patchOf = ({ name = '' }: Resource): number => Number(/^1\.0\.(\d+)$/.exec(name)?.[1] ?? 0);
