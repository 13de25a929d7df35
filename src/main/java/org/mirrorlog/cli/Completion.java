package org.mirrorlog.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Programs of shells that complete command lines; what they offer comes from {@link Words}. */
final class Completion {
    private static final String PROGRAM = "mirrorlogctl";

    private static final String BASH = """
            # bash completion for mirrorlogctl; made by: mirrorlogctl completion bash
            _mirrorlogctl() {
              local program=${1/#\\~/$HOME} current=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT}
              local raw typed head= quote= option= command= word files= end='([^[:space:]\\\\]|\\\\.)*$'
              local -i place=0 i
              local -a before=() address=() candidates=()
              COMPREPLY=()
              case $current in
                [=:]) current= ;;
                [\\'\\"]*) quote=${current:0:1} ;;
              esac
              # Readline breaks words at = and :, which names may contain: so the word is taken from the line.
              if [ -n "$quote" ]; then
                raw=$current typed=${current:1}
              else
                [[ $line =~ $end ]]
                raw=${BASH_REMATCH[0]}
                IFS= read typed <<<"$raw"
              fi
              IFS=$' \\t' read -a before <<<"${line%"$raw"}"
              for ((i = 1; i < ${#before[@]}; i++)); do
                word=${before[i]} option=
                case $word in
                  @GIVEN@) address+=("$word") ;;
                  @VALUED@)
                    option=$word
                    i+=1
                    [ "$i" -lt ${#before[@]} ] || break
                    case $word in @ADDRESSES@) address+=("$word=${before[i]}") ;; esac
                    option= ;;
                  -*) ;;
                  *) if [ -z "$command" ]; then command=$word; else place+=1; fi ;;
                esac
              done
              if [ -z "$option" ] && [[ $typed == --*=* ]]; then
                option=${typed%%=*} head=$option= typed=${typed#*=}
              fi
              if [ -n "$option" ]; then
                case "$command $option" in
            @VALUES@
                esac
              elif [[ $typed == -* ]]; then
                case $command in
            @OPTIONS@
                esac
                candidates+=(@COMMON@)
              else
                case "$command $place" in
                  ' 0') candidates=(@COMMANDS@) ;;
            @PLACES@
                esac
              fi
              if [ -n "$files" ]; then
                compopt -o default 2>/dev/null
                return
              fi
              for word in "${candidates[@]}"; do
                [[ $word == "$typed"* ]] || continue
                if [ -z "$quote" ]; then
                  printf -v word %q "$word"
                  word=$head$word
                  word=${word#"${raw%"$current"}"}
                elif [[ $word == *[\\'\\"\\$\\`]* ]]; then
                  continue
                fi
                COMPREPLY+=("$word")
              done
              [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
            }
            complete -F _mirrorlogctl mirrorlogctl
            """;

    private static final String ZSH = """
            #compdef mirrorlogctl
            # zsh completion for mirrorlogctl; made by: mirrorlogctl completion zsh
            _mirrorlogctl() {
              local program=$words[1] option= command= word
              local -i i=2 place=0
              local -a address candidates
              while ((i < CURRENT)); do
                word=${(Q)words[i]}
                option=
                case $word in
                  @GIVEN@) address+=($word) ;;
                  @VALUED@)
                    option=$word
                    ((++i < CURRENT)) || break
                    case $word in (@ADDRESSES@) address+=("$word=${(Q)words[i]}") ;; esac
                    option= ;;
                  -*) ;;
                  *) if [[ -z $command ]]; then command=$word; else ((++place)); fi ;;
                esac
                ((++i))
              done
              if [[ -z $option && $words[CURRENT] == --*=* ]]; then
                option=${words[CURRENT]%%=*}
                compset -P '*='
              fi
              if [[ -n $option ]]; then
                case "$command $option" in
            @VALUES@
                esac
              elif [[ $words[CURRENT] == -* ]]; then
                case $command in
            @OPTIONS@
                esac
                candidates+=(@COMMON@)
                compadd -S '' -- ${(M)candidates:#*=}
                candidates=(${candidates:#*=})
              else
                case "$command $place" in
                  ' 0')
                    candidates=(
            @COMMANDS@
                    )
                    _describe command candidates
                    return ;;
            @PLACES@
                esac
              fi
              compadd -- $candidates
            }
            if [[ $funcstack[1] == _mirrorlogctl ]]; then
              _mirrorlogctl "$@"
            else
              compdef _mirrorlogctl mirrorlogctl
            fi
            """;

    private static final String FISH = """
            # fish completion for mirrorlogctl; made by: mirrorlogctl completion fish
            function __mirrorlogctl_names
              set -l words (commandline -opc)
              set -l address
              for i in (seq 2 (count $words))
                switch $words[$i]
                  case @FISH_EQUAL@
                    set -a address $words[$i]
                  case @FISH_ADDRESSES@
                    set -a address $words[$i] $words[(math $i + 1)]
                end
              end
              $words[1] $address names $argv 2>/dev/null
            end
            complete -c mirrorlogctl -f
            @FISH@
            """;

    private Completion() {
    }

    static String bash(Words words) {
        return filled(BASH, words, new Shell("candidates=(%s) ;;", "mapfile -t candidates < <(\"$program\""
                + " \"${address[@]}\" names %s 2>/dev/null) ;;", "files=yes ;;"))
                .replace("@COMMANDS@", joined(words.verbs(), Words.Verb::name, " "));
    }

    static String zsh(Words words) {
        return filled(ZSH, words, new Shell("candidates=(%s) ;;", "candidates=(${(f)\"$(${(Q)program} $address names %s"
                + " 2>/dev/null)\"}) ;;", "_files; return ;;"))
                .replace("@COMMANDS@\n", joined(words.verbs(), verb -> "          '" + verb.name() + ":"
                        + verb.says().replace("'", "'\\''") + "'\n", ""));
    }

    /**
     * How a shell says it.
     *
     * @param listed these words; of names and files likewise
     */
    private record Shell(String listed, String named, String files) {
        String says(Words.Kind kind, List<String> values) {
            return switch (kind) {
                case LOGS -> String.format(named, "logs");
                case NODES -> String.format(named, "nodes");
                case FILES -> files;
                default -> String.format(listed, String.join(" ", values));
            };
        }
    }

    private static <T> String joined(List<T> all, Function<T, String> text, String between) {
        return all.stream().map(text).collect(Collectors.joining(between));
    }

    private static String filled(String template, Words words, Shell shell) {
        List<String> values = new ArrayList<>();
        List<String> options = new ArrayList<>();
        List<String> places = new ArrayList<>();
        words.common().stream().filter(option -> option.kind() != Words.Kind.ANYTHING).forEach(option ->
                values.add("      *' " + option.name() + "') " + shell.says(option.kind(), option.values())));
        for (Words.Verb verb : words.verbs()) {
            verb.options().stream().filter(option -> option.kind() != Words.Kind.ANYTHING && option.hasValue())
                    .forEach(option -> values.add("      '" + verb.name() + " " + option.name() + "') "
                            + shell.says(option.kind(), option.values())));
            if (!verb.options().isEmpty()) {
                options.add("      " + verb.name() + ") candidates=("
                        + joined(verb.options(), Words.Option::typed, " ") + ") ;;");
            }
            for (int i = 0; i < verb.places().size(); i++) {
                Words.Place place = verb.places().get(i);
                if (place.kind() != Words.Kind.ANYTHING) {
                    places.add("      '" + verb.name() + " " + i + "') " + shell.says(place.kind(), place.values()));
                }
            }
        }
        return template.replace("@VALUES@", String.join("\n", values))
                .replace("@OPTIONS@", String.join("\n", options))
                .replace("@PLACES@", String.join("\n", places))
                .replace("@COMMON@", joined(words.common(), Words.Option::typed, " "))
                .replace("@ADDRESSES@", addresses(words, "|"))
                .replace("@GIVEN@", addresses(words, "=*|") + "=*")
                .replace("@VALUED@", Stream.concat(words.common().stream(),
                        words.verbs().stream().flatMap(verb -> verb.options().stream()))
                        .filter(Words.Option::hasValue).map(Words.Option::name).distinct()
                        .collect(Collectors.joining("|")));
    }

    /** The options that say which daemon is asked. */
    private static String addresses(Words words, String between) {
        return words.common().stream().filter(Words.Option::hasValue).map(Words.Option::name)
                .collect(Collectors.joining(between));
    }

    static String fish(Words words) {
        List<String> lines = new ArrayList<>();
        words.common().forEach(option -> lines.add(fishOption("", option)));
        for (Words.Verb verb : words.verbs()) {
            String behind = " -n '__fish_seen_subcommand_from " + verb.name() + "'";
            lines.add("complete -c " + PROGRAM + " -n __fish_use_subcommand -a " + verb.name() + " -d "
                    + fishQuoted(verb.says()));
            verb.options().forEach(option -> lines.add(fishOption(behind, option)));
            verb.places().stream().filter(place -> place.kind() != Words.Kind.ANYTHING).forEach(place ->
                    lines.add("complete -c " + PROGRAM + behind + fishValues(place.kind(), place.values())));
        }
        return FISH.replace("@FISH@", String.join("\n", lines)).replace("@FISH_ADDRESSES@", addresses(words, " "))
                .replace("@FISH_EQUAL@", joined(List.of(addresses(words, " ").split(" ")),
                        name -> "'" + name + "=*'", " "));
    }

    private static String fishOption(String when, Words.Option option) {
        String value = option.hasValue() ? (option.kind() == Words.Kind.FILES ? " -r" : " -x")
                + fishValues(option.kind(), option.values()) : "";
        return "complete -c " + PROGRAM + when + " -l " + option.name().substring(2) + value + " -d "
                + fishQuoted(option.says());
    }

    private static String fishValues(Words.Kind kind, List<String> values) {
        return switch (kind) {
            case LOGS -> " -a '(__mirrorlogctl_names logs)'";
            case NODES -> " -a '(__mirrorlogctl_names nodes)'";
            case FILES -> " -F";
            default -> values.isEmpty() ? "" : " -a '" + String.join(" ", values) + "'";
        };
    }

    private static String fishQuoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
