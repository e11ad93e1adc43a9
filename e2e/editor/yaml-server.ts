import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'jsonc-parser';

const load = createRequire(__filename);
const PROGRAM = load.resolve('yaml-language-server/bin/yaml-language-server');
/** The client's side of the protocol, in the version that the server has. */
const RPC = createRequire(PROGRAM)('vscode-languageserver/node');

/** What is used of a connection of vscode-jsonrpc. */
interface Connection {
  onRequest(method: string, answer: (params: never) => unknown): void;
  onNotification(method: string, receive: (params: never) => void): void;
  sendRequest<T = unknown>(method: string, params: unknown): Promise<T>;
  sendNotification(method: string, params: unknown): Promise<void>;
  listen(): void;
  dispose(): void;
}

export interface Completion {
  readonly label: string;
  readonly insertText?: string;
  readonly documentation?: string | { readonly value: string };
}

/** What an editor asks about one text. Places are `|` in the text. */
export interface YamlEditor {
  /** What the server offers at the place. */
  complete(file: string, text: string): Promise<readonly Completion[]>;
  /** What the server shows about the key at the place. */
  hover(file: string, text: string): Promise<string>;
  /** The messages of what the server finds wrong in a file that it has not seen before. */
  check(file: string, text: string): Promise<readonly string[]>;
  stop(): void;
}

/** Starts yaml-language-server for a workspace, with the settings that the workspace gives VS Code and no other. */
export async function openEditor(workspace: string): Promise<YamlEditor> {
  const child = spawn(process.execPath, [PROGRAM, '--stdio'], {
    cwd: workspace,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection: Connection = RPC.createMessageConnection(
    new RPC.StreamMessageReader(child.stdout),
    new RPC.StreamMessageWriter(child.stdin),
  );
  const settings = parse(readFileSync(join(workspace, '.vscode/settings.json'), 'utf8'));
  const sections: Record<string, unknown> = {
    yaml: {
      schemas: settings['yaml.schemas'],
      schemaStore: { enable: false },
      completion: true,
      hover: true,
      validate: true,
    },
  };
  const diagnostics = new Map<string, (messages: readonly string[]) => void>();
  connection.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) => sections[section] ?? null),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.onNotification(
    'textDocument/publishDiagnostics',
    (sent: { uri: string; diagnostics: { message: string }[] }) =>
      diagnostics.get(sent.uri)?.(sent.diagnostics.map(({ message }) => message)),
  );
  connection.listen();
  const rootUri = pathToFileURL(workspace).href;
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: 'workspace' }],
    capabilities: {
      workspace: { configuration: true, workspaceFolders: true },
      textDocument: { completion: { completionItem: { documentationFormat: ['markdown'] } } },
    },
  });
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('workspace/didChangeConfiguration', { settings: sections });

  let version = 0;
  const open = async (file: string, marked: string) => {
    const uri = pathToFileURL(join(workspace, file)).href;
    const at = marked.indexOf('|');
    const before = marked.slice(0, at === -1 ? 0 : at).split('\n');
    const text = at === -1 ? marked : marked.slice(0, at) + marked.slice(at + 1);
    version += 1;
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version, text },
    });
    const position = { line: before.length - 1, character: before[before.length - 1].length };
    return { uri, textDocument: { uri }, position };
  };
  const close = (uri: string) =>
    connection.sendNotification('textDocument/didClose', { textDocument: { uri } });

  return {
    async complete(file, text) {
      const { uri, ...place } = await open(file, text);
      const { items } = await connection.sendRequest<{ items: Completion[] }>(
        'textDocument/completion',
        place,
      );
      await close(uri);
      return items;
    },
    async hover(file, text) {
      const { uri, ...place } = await open(file, text);
      const answer = await connection.sendRequest<{ contents: { value: string } } | null>(
        'textDocument/hover',
        place,
      );
      await close(uri);
      return answer?.contents.value ?? '';
    },
    async check(file, text) {
      const uri = pathToFileURL(join(workspace, file)).href;
      const found = new Promise<readonly string[]>((resolve) => diagnostics.set(uri, resolve));
      await open(file, text);
      const messages = await found;
      diagnostics.delete(uri);
      await close(uri);
      return messages;
    },
    stop() {
      connection.dispose();
      child.kill();
    },
  };
}
