import { createHash } from 'node:crypto';
import { signatureFault } from './fake-signature.js';
import { FakeInstances } from './fake-instances.js';
import { FakeS3 } from './fake-s3.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const BLOCK = 512 * 1024;
export const KEYS = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

interface Snapshot {
  readonly id: string;
  readonly token: string;
  readonly size: number;
  readonly parent?: string;
  readonly blocks: Map<number, Buffer>;
  state: 'pending' | 'completed' | 'error';
}

/** An import, which takes until it was looked at twice. */
interface FakeImport {
  readonly token: string;
  readonly key: string;
  looks: number;
  status: 'active' | 'completed' | 'deleted';
  snapshot?: string;
}

/** EC2, EBS and STS, as far as a push needs them; refuses whatever the documentation forbids. */
export class FakeAws {
  readonly snapshots = new Map<string, Snapshot>();
  readonly images = new Map<string, Record<string, string>>();
  readonly instances = new FakeInstances();
  readonly bucket = new FakeS3('/my-bucket', { service: 's3', region: 'eu-central-1', keys: KEYS });
  readonly #imports = new Map<string, FakeImport>();
  /** What a snapshot becomes once it is complete. */
  becomes: 'completed' | 'error' = 'completed';
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeAws> {
    const self: { aws?: FakeAws } = {};
    const fake = await startFake((request) => self.aws!.handle(request));
    self.aws = new FakeAws(fake);
    return self.aws;
  }

  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.fake.url,
      AWS_ACCESS_KEY_ID: KEYS.id,
      AWS_SECRET_ACCESS_KEY: KEYS.secret,
      AWS_REGION: 'eu-central-1',
    };
  }

  /** The disk that an instance of an image would see, up to `size` bytes. */
  disk(snapshotId: string, size: number): Buffer {
    const bytes = Buffer.alloc(Math.ceil(size / BLOCK) * BLOCK);
    const write = (id: string): void => {
      const { parent, blocks } = this.snapshots.get(id)!;
      if (parent) write(parent);
      for (const [index, block] of blocks) block.copy(bytes, index * BLOCK);
    };
    write(snapshotId);
    return bytes.subarray(0, size);
  }

  /** All that costs money. */
  left(): string[] {
    return [
      ...this.snapshots.keys(),
      ...this.images.keys(),
      ...this.instances.all.keys(),
      ...this.bucket.left(),
      ...this.imports(),
    ];
  }

  /** Imports that go on. */
  private imports(): string[] {
    return [...this.#imports].filter(([, { status }]) => status === 'active').map(([id]) => id);
  }

  private handle(request: FakeRequest): FakeAnswer {
    const stored = this.bucket.handle(request);
    if (stored) return stored;
    const service = request.url.pathname === '/' ? this.formService(request) : 'ebs';
    const refusal = signatureFault(request, { service, region: 'eu-central-1', keys: KEYS });
    if (refusal) return { status: 403, body: `<Error><Message>${refusal}</Message></Error>` };
    return service === 'ebs' ? this.ebs(request) : this.query(new URLSearchParams(request.body.toString()));
  }

  private formService({ body }: FakeRequest): string {
    return new URLSearchParams(body.toString()).get('Action') === 'GetCallerIdentity' ? 'sts' : 'ec2';
  }

  private ebs({ method, url, headers, body }: FakeRequest): FakeAnswer {
    const path = url.pathname.split('/').slice(1);
    if (method === 'POST' && path.length === 1) return this.start(JSON.parse(body.toString()));
    const snapshot = this.snapshots.get(path[1] === 'completion' ? path[2]! : path[1]!);
    if (!snapshot) return { status: 404, body: { Reason: 'SNAPSHOT_NOT_FOUND' } };
    if (snapshot.state !== 'pending') return { status: 400, body: { Reason: 'SNAPSHOT_NOT_PENDING' } };
    if (path[1] === 'completion') return this.complete(snapshot, headers);
    const sum = createHash('sha256').update(body).digest('base64');
    const right =
      headers['x-amz-checksum'] === sum &&
      headers['x-amz-checksum-algorithm'] === 'SHA256' &&
      headers['x-amz-data-length'] === `${BLOCK}` &&
      body.length === BLOCK;
    if (!right) return { status: 400, body: { Reason: 'INVALID_BLOCK' } };
    snapshot.blocks.set(Number(path[3]), body);
    return { status: 201, headers: { 'x-amz-checksum': sum } };
  }

  private start(wanted: { VolumeSize: number; ClientToken: string; ParentSnapshotId?: string }): FakeAnswer {
    const known = [...this.snapshots.values()].find(({ token }) => token === wanted.ClientToken);
    if (known) return { status: 201, body: { SnapshotId: known.id } };
    const parent = wanted.ParentSnapshotId;
    if (parent && this.snapshots.get(parent)?.state !== 'completed') {
      return { status: 400, body: { Reason: 'INVALID_PARENT' } };
    }
    const id = `snap-${this.#next++}`;
    const blocks = new Map<number, Buffer>();
    const common = {
      id,
      token: wanted.ClientToken,
      size: wanted.VolumeSize,
      blocks,
      state: 'pending',
    } as const;
    this.snapshots.set(id, { ...common, ...(parent && { parent }) });
    return { status: 201, body: { SnapshotId: id } };
  }

  private complete(snapshot: Snapshot, headers: FakeRequest['headers']): FakeAnswer {
    const all = createHash('sha256');
    for (const [, block] of [...snapshot.blocks].sort(([a], [b]) => a - b)) {
      all.update(createHash('sha256').update(block).digest());
    }
    const right =
      headers['x-amz-changedblockscount'] === `${snapshot.blocks.size}` &&
      headers['x-amz-checksum-aggregation-method'] === 'LINEAR' &&
      headers['x-amz-checksum'] === all.digest('base64');
    if (!right) return { status: 400, body: { Reason: 'WRONG_CHECKSUM' } };
    snapshot.state = this.becomes;
    return { status: 202, body: { Status: 'pending' } };
  }

  private query(form: URLSearchParams): FakeAnswer {
    const action = form.get('Action')!;
    const answer = (inner: string): FakeAnswer => ({
      body: `<?xml version="1.0"?>\n<${action}Response xmlns="http://example/">${inner}</${action}Response>`,
    });
    const id = (name: string): string => form.get(name) ?? '';
    switch (action) {
      case 'GetCallerIdentity':
        return answer('<GetCallerIdentityResult><Arn>arn:aws:iam::1:user/me</Arn></GetCallerIdentityResult>');
      case 'DescribeSnapshots': {
        const found = this.snapshots.get(id('Filter.1.Value.1'));
        return answer(
          `<snapshotSet>${found ? `<item><status>${found.state}</status></item>` : ''}</snapshotSet>`,
        );
      }
      case 'DeleteSnapshot':
        if ([...this.images.values()].some((image) => image.snapshot === id('SnapshotId'))) {
          return { status: 400, body: '<Error><Code>InvalidSnapshot.InUse</Code></Error>' };
        }
        return this.snapshots.delete(id('SnapshotId')) ? answer('<return>true</return>') : { status: 400 };
      case 'RegisterImage':
        return this.register(form, answer);
      case 'DeregisterImage':
        return this.images.delete(id('ImageId')) ? answer('<return>true</return>') : { status: 400 };
      case 'DescribeImages':
        return answer(`<imagesSet>${this.describe(form).join('')}</imagesSet>`);
      case 'ImportSnapshot':
        return this.import(form, answer);
      case 'DescribeImportSnapshotTasks':
        return answer(this.shownImport(id('ImportTaskId.1')));
      case 'CancelImportTask': {
        const task = this.#imports.get(id('ImportTaskId'));
        if (task?.status !== 'active') return { status: 400, body: '<Error>task</Error>' };
        task.status = 'deleted';
        return answer('');
      }
      case 'CreateTags':
        return this.snapshots.has(id('ResourceId.1')) && id('Tag.1.Key') === 'Name'
          ? answer('')
          : { status: 400 };
      case 'RunInstances':
        return this.run(form, answer);
      case 'DescribeInstances': {
        const instance = this.instances.all.get(id('Filter.1.Value.1').slice('i-'.length));
        const state = instance && this.instances.runs(instance) ? 'running' : 'terminated';
        const item = `<item><instanceState><name>${state}</name></instanceState><ipAddress>203.0.113.9</ipAddress></item>`;
        const set = instance ? `<item><instancesSet>${item}</instancesSet></item>` : '';
        return answer(`<reservationSet>${set}</reservationSet>`);
      }
      case 'GetConsoleOutput': {
        const instance = this.instances.all.get(id('InstanceId').slice('i-'.length));
        if (!instance || id('Latest') !== 'true') return { status: 400, body: '<Error>instance</Error>' };
        const text = Buffer.from(this.instances.console(instance)).toString('base64');
        return answer(`<output>${text}</output>`);
      }
      case 'TerminateInstances':
        return this.instances.all.delete(id('InstanceId.1').slice('i-'.length))
          ? answer('')
          : { status: 400 };
      default:
        return { status: 400, body: `<Error><Code>InvalidAction</Code></Error>` };
    }
  }

  /** One token begins one import. */
  private import(form: URLSearchParams, answer: (inner: string) => FakeAnswer): FakeAnswer {
    const at = (name: string): string => form.get(name) ?? '';
    const token = at('ClientToken');
    const known = [...this.#imports].find(([, task]) => task.token === token);
    const key = at('DiskContainer.UserBucket.S3Key');
    const right =
      token !== '' &&
      at('DiskContainer.Format') === 'RAW' &&
      at('DiskContainer.UserBucket.S3Bucket') === 'my-bucket' &&
      this.bucket.objects.has(key);
    if (!known && !right) return { status: 400, body: '<Error><Code>InvalidParameter</Code></Error>' };
    const id = known?.[0] ?? `import-snap-${this.#next++}`;
    if (!known) this.#imports.set(id, { token, key, looks: 0, status: 'active' });
    return answer(`<importTaskId>${id}</importTaskId>`);
  }

  private shownImport(id: string): string {
    const task = this.#imports.get(id);
    if (!task) return '<importSnapshotTaskSet/>';
    if (task.status === 'active' && ++task.looks > 2) this.endImport(task);
    const message = task.status === 'deleted' ? 'ClientError: the service role vmimport may not read it' : '';
    return (
      `<importSnapshotTaskSet><item><snapshotTaskDetail><status>${task.status}</status>` +
      `<statusMessage>${message}</statusMessage><snapshotId>${task.snapshot ?? ''}</snapshotId>` +
      '</snapshotTaskDetail></item></importSnapshotTaskSet>'
    );
  }

  private endImport(task: FakeImport): void {
    task.status = this.becomes === 'error' ? 'deleted' : 'completed';
    if (task.status === 'deleted') return;
    const bytes = this.bucket.objects.get(task.key)!;
    const blocks = new Map<number, Buffer>();
    for (let at = 0; at < bytes.length; at += BLOCK) blocks.set(at / BLOCK, bytes.subarray(at, at + BLOCK));
    task.snapshot = `snap-${this.#next++}`;
    const size = Math.ceil(bytes.length / 2 ** 30);
    this.snapshots.set(task.snapshot, {
      id: task.snapshot,
      token: task.token,
      size,
      blocks,
      state: 'completed',
    });
  }

  /** One token makes one instance. */
  private run(form: URLSearchParams, answer: (inner: string) => FakeAnswer): FakeAnswer {
    const [image, token] = [form.get('ImageId') ?? '', form.get('ClientToken') ?? ''];
    const right = this.images.has(image) && token !== '' && form.get('InstanceType') === 't3.small';
    if (!right || form.get('MaxCount') !== '1') return { status: 400, body: '<Error>instance</Error>' };
    const data = Buffer.from(form.get('UserData') ?? '', 'base64').toString();
    const [known] = this.instances.named(token);
    const { id } = known ?? this.instances.make(token, image, data);
    return answer(`<instancesSet><item><instanceId>i-${id}</instanceId></item></instancesSet>`);
  }

  private register(form: URLSearchParams, answer: (inner: string) => FakeAnswer): FakeAnswer {
    const snapshot = form.get('BlockDeviceMapping.1.Ebs.SnapshotId')!;
    if (this.snapshots.get(snapshot)?.state !== 'completed')
      return { status: 400, body: '<Error>snapshot</Error>' };
    if ([...this.images.values()].some(({ Name }) => Name === form.get('Name'))) {
      return { status: 400, body: '<Error><Code>InvalidAMIName.Duplicate</Code></Error>' };
    }
    const id = `ami-${this.#next++}`;
    this.images.set(id, {
      ...Object.fromEntries(form),
      snapshot,
      created: `2026-01-01T00:00:0${this.#next}.000Z`,
    });
    return answer(`<imageId>${id}</imageId>`);
  }

  private describe(form: URLSearchParams): string[] {
    const key = form.get('Filter.1.Name')!.slice('tag:'.length);
    const tags = (image: Record<string, string>): [string, string][] =>
      [1, 2, 3].map((n) => [
        image[`TagSpecification.1.Tag.${n}.Key`]!,
        image[`TagSpecification.1.Tag.${n}.Value`]!,
      ]);
    return [...this.images]
      .filter(([, image]) => tags(image).some(([k, v]) => k === key && v === form.get('Filter.1.Value.1')))
      .map(
        ([id, image]) =>
          `<item><imageId>${id}</imageId><name>${image.Name}</name><creationDate>${image.created}</creationDate>` +
          `<blockDeviceMapping><item><ebs><snapshotId>${image.snapshot}</snapshotId></ebs></item></blockDeviceMapping>` +
          `<tagSet>${tags(image)
            .map(([k, v]) => `<item><key>${k}</key><value>${v}</value></item>`)
            .join('')}</tagSet></item>`,
      );
  }
}
