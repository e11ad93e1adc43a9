import type { Platform } from '../platform.js';

export const aws: Platform = {
  name: 'aws',
  title: 'Amazon EC2',
  formats: ['raw-efi', 'raw-bios', 'aws'],
  options: [
    { name: 'region', text: 'region of snapshot and image', env: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
    { name: 'tpm', text: 'true for an image with a TPM 2.0, which UEFI needs', default: 'false' },
    { name: 'imds', text: 'any, or v2.0 to refuse the old metadata service', default: 'v2.0' },
    {
      name: 'bucket',
      text: 'bucket of S3 for an import in place of the EBS direct APIs, which the role vmimport can read',
      default: '',
    },
    { name: 'import-role', text: 'role of the import; else vmimport', default: '' },
  ],
  credentials:
    'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else the profile AWS_PROFILE of ~/.aws/credentials; ' +
    '`eval "$(aws configure export-credentials --format env)"` exports those of SSO and roles.',
  permissions: [
    'ebs:StartSnapshot',
    'ebs:PutSnapshotBlock',
    'ebs:CompleteSnapshot',
    'ec2:CancelImportTask (with bucket)',
    'ec2:CreateTags',
    'ec2:DeleteSnapshot',
    'ec2:DeregisterImage',
    'ec2:DescribeImages',
    'ec2:DescribeImportSnapshotTasks (with bucket)',
    'ec2:DescribeSnapshots',
    'ec2:ImportSnapshot (with bucket)',
    'ec2:RegisterImage',
    's3:ListBucket, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, s3:ListMultipartUploadParts (with bucket)',
  ],
  load: async () => (await import('./target.js')).openAws,
  instanceOptions: [
    { name: 'machine-type', text: 'type of the instance; else t3.small or t4g.small', default: '' },
    { name: 'subnet', text: 'id of the subnet; else the default one', default: '' },
    { name: 'security-group', text: 'id of the security group; else the default one', default: '' },
  ],
  loadInstance: async () => (await import('./instance.js')).startAwsInstance,
};
