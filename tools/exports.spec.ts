import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import * as ts from 'typescript';

/** What a package exports is what a stranger may use: each name of its indexes, with a docstring, and no inner file. */
const ROOT = join(__dirname, '..');
const FOLDERS = [...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`), 'images'];

interface Manifest {
  readonly private?: boolean;
  readonly main?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));

/** Sources of what others import: of `main`, and of each entry of `exports` that has JavaScript. */
function indexesOf(folder: string): string[] {
  const { main, exports = {} } = manifestOf(folder);
  const paths = [main, ...Object.values(exports).map(pathOf)];
  const sources = paths.flatMap((path) => {
    const [, place] = /^(?:\.\/)?dist\/(.*)\.js$/.exec(path ?? '') ?? [];
    return place === undefined ? [] : [join(ROOT, folder, 'src', `${place}.ts`)];
  });
  return [...new Set(sources)];
}

const pathOf = (target: unknown): string | undefined =>
  typeof target === 'string' ? target : (target as { default?: string } | null)?.default;

const published = FOLDERS.filter((folder) => !manifestOf(folder).private);
const indexes = published.flatMap(indexesOf);

/** Names that a module exports, without a docstring where they are declared. */
function undocumented(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing`);
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const [declaration] = declared.declarations ?? [];
    if (declaration === undefined) return [`${relative(ROOT, file)}: ${symbol.name} is declared nowhere`];
    const isOwn = !declaration.getSourceFile().fileName.includes('/node_modules/');
    if (!isOwn || declared.getDocumentationComment(checker).length > 0) return [];
    return [`${relative(ROOT, declaration.getSourceFile().fileName)}: ${symbol.name}`];
  });
}

/** Whether a module is read: an index needs what it imports, and other files only what they pass on. */
const isFollowed = ({ parent }: ts.StringLiteralLike, from: string) =>
  ts.isExportDeclaration(parent) || basename(from) === 'index.ts';

function programOf(files: readonly string[]): ts.Program {
  const config = join(ROOT, 'tsconfig.spec.json');
  const { options } = ts.getParsedCommandLineOfConfigFile(
    config,
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  )!;
  const own = { ...options, types: [], noLib: true };
  const host = ts.createCompilerHost(own);
  const cache = ts.createModuleResolutionCache(ROOT, (name) => name, own);
  host.resolveModuleNameLiterals = (names, from) =>
    names.map((name) =>
      isFollowed(name, from)
        ? ts.resolveModuleName(name.text, from, own, host, cache)
        : { resolvedModule: undefined },
    );
  return ts.createProgram(files, own, host);
}

test.each(published)('%s exports no pattern that reaches inner files: only schemas', (folder) => {
  const { exports = {} } = manifestOf(folder);
  expect(Object.keys(exports).filter((name) => name.includes('*') && !name.endsWith('.json'))).toEqual([]);
});

test('each index is a source file', () => {
  expect(indexes.length).toBeGreaterThanOrEqual(published.length - 1);
  expect(indexes.filter((file) => !existsSync(file))).toEqual([]);
});

test('everything that a package exports has a docstring', () => {
  const program = programOf(indexes);
  expect([...new Set(indexes.flatMap((file) => undocumented(program, file)))].sort()).toEqual([]);
});
