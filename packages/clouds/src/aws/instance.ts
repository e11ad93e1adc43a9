import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import type { Instance, StartInstance } from '../platform.js';
import { elementsAt, textAt } from '../xml/xml.js';
import { awsRequests, type AwsRequests } from './requests.js';

const SYSTEM_TAG = 'nx-linuxkit:system';
/** Small instances of Nitro, whose console can be read while they run. */
const TYPES = { amd64: 't3.small', arm64: 't4g.small' } as const;
/** States that lead nowhere else. */
const OVER = ['shutting-down', 'terminated', 'stopping', 'stopped'];

/** The code of the error about an instance that EC2 does not know. */
const UNKNOWN = 'InvalidInstanceID.NotFound';

/** Runs an instance of EC2. It ends for good when its guest powers off. */
export const startAwsInstance: StartInstance = async (
  session,
  { image, name, system, architecture, data },
) => {
  const requests = await awsRequests(session);
  const { option } = session;
  const parameters = {
    ImageId: image.id,
    InstanceType: option('machine-type') || TYPES[architecture],
    MinCount: '1',
    MaxCount: '1',
    // AWS makes one instance of one token, whatever becomes of the answer.
    ClientToken: randomUUID(),
    InstanceInitiatedShutdownBehavior: 'terminate',
    ...(data !== undefined && { UserData: Buffer.from(data).toString('base64') }),
    ...(option('subnet') !== '' && { SubnetId: option('subnet') }),
    ...(option('security-group') !== '' && { 'SecurityGroupId.1': option('security-group') }),
    'TagSpecification.1.ResourceType': 'instance',
    'TagSpecification.1.Tag.1.Key': 'Name',
    'TagSpecification.1.Tag.1.Value': name,
    'TagSpecification.1.Tag.2.Key': SYSTEM_TAG,
    'TagSpecification.1.Tag.2.Value': system,
  };
  const answer = await requests.query('ec2', 'RunInstances', parameters, `run ${name}`);
  const id = textAt(answer, 'RunInstancesResponse', 'instancesSet', 'item', 'instanceId');
  if (id === '') throw new CloudError('platform-error', 'AWS has run an instance without an id');
  return instanceOf(requests, id);
};

function instanceOf(requests: AwsRequests, id: string): Instance {
  return {
    id,
    async console() {
      const parameters = { InstanceId: id, Latest: 'true' };
      const answer = await requests
        .query('ec2', 'GetConsoleOutput', parameters, `read the console of ${id}`)
        .catch((error: Error) => {
          // An instance that was just made may not be known everywhere yet.
          if (!error.message.includes(UNKNOWN)) throw error;
        });
      if (!answer) return '';
      return Buffer.from(textAt(answer, 'GetConsoleOutputResponse', 'output'), 'base64').toString('utf8');
    },
    async look() {
      const filter = { 'Filter.1.Name': 'instance-id', 'Filter.1.Value.1': id };
      const answer = await requests.query('ec2', 'DescribeInstances', filter, `look at ${id}`);
      const [item] = elementsAt(
        answer,
        'DescribeInstancesResponse',
        'reservationSet',
        'item',
        'instancesSet',
        'item',
      );
      // An instance that was just made may not be in the list yet.
      if (!item) return { isOver: false };
      const address = textAt(item, 'ipAddress') || textAt(item, 'privateIpAddress');
      return { isOver: OVER.includes(textAt(item, 'instanceState', 'name')), ...(address && { address }) };
    },
    async remove() {
      await requests.query('ec2', 'TerminateInstances', { 'InstanceId.1': id }, `remove ${id}`);
    },
  };
}
