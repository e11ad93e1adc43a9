/** The options of the generator `init`. */
export interface InitOptions {
  /** Whether the changed files stay unformatted. Default false. */
  readonly skipFormat?: boolean;
  /** Whether `.vscode` stays as it is. Default false. */
  readonly skipVscode?: boolean;
}
