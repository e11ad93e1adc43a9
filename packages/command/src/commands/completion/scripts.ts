import type { shells } from './shells.js';
import type { Completion } from './words.js';

/** Makes the script of each shell. Words are our own, so that none needs quoting. */
export const SCRIPTS: Readonly<Record<(typeof shells)[number], (words: readonly Completion[]) => string>> = {
  bash: (words) => `${shellFunction(words)}complete -o default -F _nx_linuxkit nx-linuxkit\n`,
  zsh: (words) =>
    `autoload -Uz bashcompinit && bashcompinit\n${shellFunction(words)}complete -o default -F _nx_linuxkit nx-linuxkit\n`,
  fish: (words) => `${words.flatMap(fishLines).join('\n')}\n`,
};

/** A function for bash, which zsh runs too. It ends without an answer where a file is wanted. */
function shellFunction(words: readonly Completion[]): string {
  const values = words.flatMap(({ after, values }) =>
    values.map(({ flag, values }) => `    "${after} ${flag}") list="${values.join(' ')}" ;;`),
  );
  const next = words.map(
    ({ after, words, flags }) => `      "${after}") list="${[...words, ...flags].join(' ')}" ;;`,
  );
  return `_nx_linuxkit() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" after="" list="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      -*) break ;;
      *) after="\${after:+$after }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$after $before" in
${values.join('\n')}
  esac
  if [ -z "$list" ]; then
    case "$after" in
${next.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$list" -- "$word"))
}
`;
}

function fishLines({ after, words, flags, values }: Completion): string[] {
  const condition = after === '' ? '__fish_use_subcommand' : fishSeen(after);
  const complete = `complete -c nx-linuxkit -n '${condition}'`;
  const valuesOf = (flag: string) => values.find((one) => one.flag === flag)?.values;
  return [
    ...(words.length > 0 ? [`${complete} -f -a '${words.join(' ')}'`] : []),
    ...flags.map((flag) => {
      const list = valuesOf(flag);
      return `${complete} -l ${flag.slice(2)}${list ? ` -x -a '${list.join(' ')}'` : ''}`;
    }),
  ];
}

function fishSeen(after: string): string {
  return after
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');
}
