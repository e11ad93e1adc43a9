import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, listContext, parseDockerfile, planBuild, type BaseImage } from '@nx-linuxkit/dockerfile';
import { openImageSource, parseReference, type Digest, type ImageSource } from '@nx-linuxkit/oci';
import { decompress } from '@nx-linuxkit/oci/decompress';
import { DEFAULT_MTIME, TarIndexer } from '@nx-linuxkit/tree';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const PLATFORM = { os: 'linux', architecture: 'amd64' };
/** The files of every context. */
const CONTEXT: Readonly<Record<string, string>> = { hello: 'hello\n', 'a b.txt': 'a\n', 'conf.d.txt': 'c\n' };

const SEEDS = [
  `ARG V=1
ARG BASE=base:$V
FROM \${BASE} AS one
ENV A=1 B="two $A" C=\${A:-x}
LABEL a=b "c d"='e f'
WORKDIR /work/$A
COPY --chmod=0755 --chown=1:2 hello *.txt ./
FROM scratch
COPY --from=one /work /copy/
USER 1:1
EXPOSE 80 90-92/udp
VOLUME ["/data"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m30s --retries=3 CMD ["/hello", "x"]
ENTRYPOINT ["/hello"]
CMD ["a", "b"]
`,
  `# syntax=docker/dockerfile:1
# escape=\`
FROM --platform=linux/amd64 base
ARG NAME=x OTHER
SHELL ["/bin/bash", "-c"]
COPY <<EOF <<-"END" /etc/
hello \${NAME}
EOF
\tno $NAME
\tEND
ADD hello /a/b/c/
CMD echo \`
  # a comment
  one "two"
`,
  `FROM base
RUN --mount=type=bind,from=base,target=/m <<EOF
echo $HOME
EOF
ONBUILD RUN x
`,
];

/** An image that is there under every name. */
const BASE: BaseImage = {
  config: { config: { Env: ['PATH=/bin', 'A=base'], Cmd: ['/bin/sh'], WorkingDir: '/base' } },
  layers: [],
  blob: () => Promise.reject(new Error('the image has no layers')),
  files: async () => ({ indexes: [], open: () => undefined }),
};

let folder: string | undefined;

/** A Dockerfile, and the image that is built from it. */
export const dockerfile: Target = {
  name: 'dockerfile',
  sample: 300,
  faults: { DockerfileError: ['bad-dockerfile', 'unsupported', 'missing-file'] },
  seeds: async () => SEEDS.map((text) => Buffer.from(text)),
  mutate: mutateText,
  async read(input) {
    folder ??= contextFolder();
    const plan = planBuild(parseDockerfile(input.toString('utf8'), 'Dockerfile'), {
      args: { V: '2' },
      platform: 'linux/amd64',
    });
    const context = listContext({ folder: join(folder, 'context') });
    const output = join(folder, 'image.tar');
    await buildImage({ plan, context, image: async () => BASE, mtime: DEFAULT_MTIME }, output);
    await checkArchive(output);
  },
};

function contextFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'));
  mkdirSync(join(made, 'context'));
  for (const [name, text] of Object.entries(CONTEXT)) writeFileSync(join(made, 'context', name), text);
  return made;
}

/** Reads the image as a stranger would: its config has texts only, and each layer is a tar that is whole. */
async function checkArchive(path: string): Promise<void> {
  const source = await openImageSource(parseReference(`oci-archive:${path}`));
  try {
    const { manifest, config } = await source.resolve(PLATFORM);
    checkConfig(JSON.parse(config.toString()).config ?? {});
    for (const layer of (JSON.parse(manifest.toString()) as { layers: Layer[] }).layers)
      await checkLayer(source, layer);
  } finally {
    await source.close();
  }
}

interface Layer {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
}

function checkConfig({ Env = [], Cmd = [], Entrypoint = [], Labels = {}, WorkingDir = '/' }): void {
  const texts: unknown[] = [Env, Cmd, Entrypoint, Object.values(Labels), WorkingDir].flat();
  for (const text of texts)
    if (typeof text !== 'string') throw new Error(`the config has ${JSON.stringify(text)} for a text`);
  for (const variable of Env as string[])
    if (!/^[^=]+=/.test(variable)) throw new Error(`the config has the variable ${variable}`);
  if (!WorkingDir.startsWith('/') || WorkingDir.split('/').includes('..'))
    throw new Error(`the config has the folder ${WorkingDir}`);
}

async function checkLayer(source: ImageSource, layer: Layer): Promise<void> {
  const indexer = new TarIndexer();
  for await (const chunk of decompress(source.blob(layer))) indexer.write(chunk);
  indexer.end();
}
