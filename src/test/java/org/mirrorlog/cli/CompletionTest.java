package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.Commands;
import org.mirrorlog.Terminal;

/** Shells that complete command lines of mirrorlogctl: real ones, on a terminal, with a daemon that knows odd names. */
@Timeout(120)
class CompletionTest extends CommandStage {
    private static final String NAMES = "[\"LVM-one\", \"LVM-two\", \"a b:c=d$x'y\", \"q\\u00e9\"]";

    @TempDir
    private Path directory;

    /** The real program where it is asked for names; else it says what it was called with. */
    private Map<String, String> program() throws IOException {
        String classes = List.of(System.getProperty("java.class.path").split(":")).stream()
                .map(part -> Path.of(part).toAbsolutePath().toString()).reduce((a, b) -> a + ":" + b).orElseThrow();
        Path program = Files.writeString(directory.resolve("mirrorlogctl"), "#!/bin/bash\n"
                + "case \" $* \" in *' names '*) exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '" + classes
                + "' org.mirrorlog.cli.MirrorlogCtl \"$@\" ;; esac\n"
                + "printf 'called:'; printf ' [%s]' \"$@\"; echo ' .'\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return Map.of("PATH", directory + ":" + System.getenv("PATH"), "MIRRORLOG_URL", url(), "HOME",
                directory.toString(), "LC_ALL", "C.UTF-8", "ZDOTDIR", directory.toString());
    }

    private String script(String shell) {
        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run("completion", shell), err.toString());
        String script = out.toString();
        assertTrue(script.startsWith("#") && !script.contains("@"+"@"), script);
        return script;
    }

    private static boolean isThere(String program) {
        try {
            return Commands.tryRun(List.of(program, "--version")).status() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldCompleteInBash() throws Exception {
        assumeTrue(isThere("script"), "script is missing");
        answers.put("/mirrorlog/names", new Answer(200, NAMES));
        Path rc = Files.writeString(directory.resolve("rc"), script("bash")
                + "PS1='ready> '\nbind 'set bell-style none'\nbind 'set enable-bracketed-paste off'\n");

        try (Terminal terminal = Terminal.start("bash --noprofile --rcfile " + rc + " -i", program())) {
            Map<String, String> lines = Map.of("mirrorlogctl sta\t\n", "called: [status] .",
                    "mirrorlogctl logs --ou\tj\t\n", "called: [logs] [--output=json] .",
                    "mirrorlogctl --url " + url() + " log LVM-t\t\n",
                    "called: [--url] [" + url() + "] [log] [LVM-two] .",
                    "mirrorlogctl log a\t\n", "called: [log] [a b:c=d$x'y] .",
                    "mirrorlogctl log a\\ b:\t\n", "called: [log] [a b:c=d$x'y] .",
                    "mirrorlogctl adopt 'LVM-o\t\n", "called: [adopt] [LVM-one] .",
                    "mirrorlogctl log q\t\n", "called: [log] [q\\xe9] .",
                    "mirrorlogctl completion z\t\n", "called: [completion] [zsh] .",
                    "mirrorlogctl logs --sort=in\t\n", "called: [logs] [--sort=in-sync] .");
            terminal.awaitShown("ready> ");
            for (Map.Entry<String, String> line : lines.entrySet()) {
                terminal.type(line.getKey());
                terminal.awaitShown(line.getValue());
            }
            terminal.type("exit\n");
            assertEquals(0, terminal.awaitEnd());
        }
    }

    @Test
    void shouldCompleteInZsh() throws Exception {
        assumeTrue(isThere("script") && isThere("zsh"), "zsh or script is missing");
        answers.put("/mirrorlog/names", new Answer(200, NAMES));
        Files.writeString(directory.resolve("_mirrorlogctl"), script("zsh"));
        Files.writeString(directory.resolve(".zshrc"), "fpath=(" + directory + " $fpath)\nautoload -U compinit\n"
                + "compinit -u -D\nPS1='ready> '\nunsetopt beep\n");

        try (Terminal terminal = Terminal.start("zsh -d -i", program())) {
            terminal.awaitShown("ready> ");
            Map<String, String> lines = Map.of("mirrorlogctl sta\t\n", "called: [status] .",
                    "mirrorlogctl logs --ou\tj\t\n", "called: [logs] [--output=json] .",
                    "mirrorlogctl log a\t\n", "called: [log] [a b:c=d$x'y] .",
                    "mirrorlogctl --url " + url() + " log LVM-t\t\n",
                    "called: [--url] [" + url() + "] [log] [LVM-two] .",
                    "mirrorlogctl logs --sort=in\t\n", "called: [logs] [--sort=in-sync] .");
            for (Map.Entry<String, String> line : lines.entrySet()) {
                terminal.type(line.getKey());
                terminal.awaitShown(line.getValue());
            }
        }
    }

    @Test
    void shouldCompleteInFish() throws Exception {
        assumeTrue(isThere("fish"), "fish is missing");
        answers.put("/mirrorlog/names", new Answer(200, NAMES));
        Path script = Files.writeString(directory.resolve("mirrorlogctl.fish"), script("fish"));
        List<String> offered = new ArrayList<>();
        for (String line : List.of("sta", "logs --output=", "log LVM-", "--url " + url() + " log q", "completion ")) {
            List<String> command = new ArrayList<>(List.of("env"));
            program().forEach((name, value) -> command.add(name + "=" + value));
            command.addAll(List.of("fish", "--no-config", "-c", "source " + script + "; complete -C 'mirrorlogctl "
                    + line + "'"));
            Commands.run(command).lines().map(one -> one.split("\t")[0]).forEach(offered::add);
        }

        assertEquals(List.of("status", "--output=json", "--output=table", "--output=yaml", "LVM-one", "LVM-two",
                "q\\xe9", "bash", "fish", "zsh"), offered);
    }

    /** Somebody types and waits for the shell. */
    @Test
    void shouldOfferNothingAndSayNothingWhereNoDaemonAnswers() {
        assertEquals(Exit.NOT_REACHABLE, run("names", "logs", "--url", "http://127.0.0.1:1"));
        answers.put("/mirrorlog/names", new Answer(503, "{\"error\": \"starting\"}"));
        assertEquals(Exit.FAILED, run("names", "logs"));

        assertEquals("", out.toString() + err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void shouldKnowEachCommandAndEachOption(String shell) {
        String script = script(shell);

        MirrorlogCtl.commands().subcommands().values().stream().map(sub -> sub.getCommandSpec())
                .forEach(command -> {
                    assertEquals(!command.usageMessage().hidden(), script.matches("(?s).*[ ('\n]" + command.name()
                            + "[: )'].*") && !command.usageMessage().hidden(), command.name());
                    command.options().forEach(option -> assertTrue(script.contains(shell.equals("fish")
                            ? "-l " + option.longestName().substring(2) : option.longestName()),
                            command.name() + " " + option.longestName()));
                });
    }
}
