import type { shells } from './shells.js';
import type { Completion } from './words.js';

/** Makes the script of each shell. Words are our own, so that none needs quoting. */
export const SCRIPTS: Readonly<Record<(typeof shells)[number], (words: readonly Completion[]) => string>> = {
  bash: (words) => `${shellFunction(words)}complete -o default -F _nx_linuxkit nx-linuxkit\n`,
  zsh: (words) => `${ZSH_START}${shellFunction(words)}complete -o default -F _nx_linuxkit nx-linuxkit\n`,
  fish: (words) => `${FISH_FUNCTIONS}${words.flatMap(fishLines).join('\n')}\n`,
};

/** A zsh without a .zshrc has no completion yet, and bashcompinit builds on it. */
const ZSH_START = `(( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
autoload -Uz bashcompinit && bashcompinit
`;

/**
 * Fish's own test asks for a word anywhere, so `pkg build` would get the flags of `build`. These two compare the words before
 * the first flag: all of them, or the first ones.
 */
const FISH_FUNCTIONS = `function __nx_linuxkit_words
    set -l words (commandline -opc)
    for word in $words[2..-1]
        string match -q -- '-*' $word; and break
        echo $word
    end
end
function __nx_linuxkit_is
    set -l words (__nx_linuxkit_words)
    test "$words" = "$argv"
end
function __nx_linuxkit_begins
    set -l words (__nx_linuxkit_words)
    string match -q -- "$argv *" "$words "
end
`;

/** A function for bash, which zsh runs too. It ends without an answer where a file is wanted. */
function shellFunction(words: readonly Completion[]): string {
  const values = words.flatMap(({ after, values }) =>
    values.map(({ flag, values }) => `    "${after} "*"${flag}") list="${values.join(' ')}" ;;`),
  );
  // Files may stand between a command and its flags.
  const next = words.map(({ after, words, flags }) =>
    flags.length === 0
      ? `      "${after}") list="${words.join(' ')}" ;;`
      : `      "${after}" | "${after} "*) list="${flags.join(' ')}" ;;`,
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
  const complete = `complete -c nx-linuxkit -n '__nx_linuxkit_${words.length > 0 ? 'is' : 'begins'} ${after}'`;
  const valuesOf = (flag: string) => values.find((one) => one.flag === flag)?.values;
  return [
    ...(words.length > 0 ? [`${complete} -f -a '${words.join(' ')}'`] : []),
    ...flags.map((flag) => {
      const list = valuesOf(flag);
      return `${complete} -l ${flag.slice(2)}${list ? ` -x -a '${list.join(' ')}'` : ''}`;
    }),
  ];
}
