import { randomBytes } from 'node:crypto';
import { CloudError } from '../error.js';
import type { Instance, InstanceWanted, Session, StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { openManager, type Manager } from './resource-manager.js';

const MACHINES = '/providers/Microsoft.Compute/virtualMachines';
/** Small machines of generations 1 and 2, and of arm64. */
const TYPES = { amd64: 'Standard_B2s', arm64: 'Standard_B2pls_v2' } as const;
/** A machine that its guest has switched off, and one that somebody has taken off its host. */
const OFF = ['PowerState/stopped', 'PowerState/deallocated'];
/** The version in which a machine's own request makes its network card. */
const NETWORK_VERSION = '2023-09-01';

/** A state of a machine: `PowerState/running`, `ProvisioningState/failed/AllocationFailed`. */
interface Status {
  readonly code?: string;
  readonly message?: string;
}

/**
 * Runs a virtual machine, with which Azure removes its disk and its network card. The guest has no agent that would report to
 * Azure, so that Azure says for twenty minutes that it makes the machine: what counts here is whether it has power.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines
 */
export const startAzureMachine: StartInstance = async (session, wanted) => {
  const manager = await openManager(session);
  const { name } = wanted;
  const path = `${MACHINES}/${name}`;
  const remove = async (): Promise<void> => {
    await manager.change('DELETE', path, undefined, `remove ${name}`, { forceDeletion: 'true' });
  };
  const undo = new Undo(session.log);
  undo.add(`the machine ${name}`, remove);
  // A name has one machine, whatever becomes of the answer.
  await undo.guard(async () =>
    manager.begin('PUT', path, machineOf(session, wanted, await place(session, manager)), `make ${name}`),
  );
  return instanceOf(session, manager, name, remove);
};

/** The region of the machine: that of the image, which is the one of the push. */
async function place({ option }: Session, manager: Manager): Promise<string> {
  return option('location') || ((await manager.get('', 'look at the resource group'))?.location ?? '');
}

function machineOf(
  { client, option }: Session,
  { image, name, system, architecture, data }: InstanceWanted,
  location: string,
): object {
  // Azure wants a way to log in, of which a guest without an agent never hears.
  const adminPassword = `${randomBytes(24).toString('base64url')}-Aa1`;
  client.hide(adminPassword);
  return {
    location,
    tags: { 'nx-linuxkit-system': system },
    properties: {
      hardwareProfile: { vmSize: option('machine-type') || TYPES[architecture] },
      storageProfile: {
        imageReference: { id: image.id },
        osDisk: { createOption: 'FromImage', deleteOption: 'Delete' },
      },
      osProfile: {
        computerName: name,
        adminUsername: 'linuxkit',
        adminPassword,
        linuxConfiguration: { disablePasswordAuthentication: false, provisionVMAgent: false },
        allowExtensionOperations: false,
      },
      networkProfile: {
        networkApiVersion: NETWORK_VERSION,
        networkInterfaceConfigurations: [cardOf(name, option('subnet'))],
      },
      diagnosticsProfile: { bootDiagnostics: { enabled: true } },
      ...(data !== undefined && { userData: Buffer.from(data).toString('base64') }),
    },
  };
}

function cardOf(name: string, subnet: string): object {
  const address = { name: `${name}-address`, properties: { subnet: { id: subnet }, primary: true } };
  return {
    name: `${name}-card`,
    properties: { primary: true, deleteOption: 'Delete', ipConfigurations: [address] },
  };
}

function instanceOf(session: Session, manager: Manager, name: string, remove: () => Promise<void>): Instance {
  const path = `${MACHINES}/${name}`;
  let hadPower = false;
  return {
    id: name,
    async console() {
      if (!hadPower) return '';
      const purpose = `read the console of ${name}`;
      const { serialConsoleLogBlobUri: address } = (await manager.change(
        'POST',
        `${path}/retrieveBootDiagnosticsData`,
        undefined,
        purpose,
      )) as { serialConsoleLogBlobUri?: string };
      if (!address) return '';
      // The address itself opens the console, and the token must not go there.
      session.client.hide(new URL(address).search.slice(1));
      // There is no log before the first line.
      const { status, text } = await session.client.call({
        method: 'GET',
        url: address,
        purpose,
        allow: [404],
      });
      return status === 404 ? '' : text;
    },
    async look() {
      const view = (await manager.get(`${path}/instanceView`, `look at ${name}`)) as
        { statuses?: Status[] } | undefined;
      const statuses = view?.statuses ?? [];
      const power = statuses.find(({ code }) => code?.startsWith('PowerState/'))?.code;
      const failed = statuses.find(({ code }) => code?.startsWith('ProvisioningState/failed'));
      hadPower ||= power === 'PowerState/running';
      if (failed && !hadPower) {
        throw new CloudError('import-failed', `cannot run ${name}: ${failed.message ?? failed.code}`, {
          hint: 'Check the quota and the machine type: --with.machine-type=…',
        });
      }
      return { isOver: hadPower && (!view || OFF.includes(power ?? '')) };
    },
    remove,
  };
}
