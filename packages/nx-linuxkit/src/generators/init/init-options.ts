/** The options of the generator `init`; its schema has the same. */
export interface InitOptions {
  /** Whether the changed files stay unformatted. Default false. */
  readonly skipFormat?: boolean;
  /** Whether `.vscode` stays as it is. Default false. */
  readonly skipVscode?: boolean;
}
