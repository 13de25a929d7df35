package org.mirrorlog.manual;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.Commands;
import org.mirrorlog.cli.MirrorlogCtl;
import org.mirrorlog.daemon.Usage;

/** The manual pages, as man shows them. */
@Timeout(120)
class ManualsTest {
    private static final String WIDE = "MANWIDTH=1000";

    @TempDir
    private Path directory;

    @BeforeEach
    void make() throws IOException {
        Manuals.main(new String[] {directory.toString()});
    }

    private Path page(String name) {
        return directory.resolve("man").resolve(name);
    }

    private String shown(String name) throws IOException {
        try {
            Commands.run(List.of("man", "--version"));
        } catch (IOException e) {
            assumeTrue(false, "man is missing");
        }
        return Commands.run(List.of("env", "LC_ALL=C.UTF-8", "MAN_KEEP_FORMATTING=", WIDE, "man",
                "--warnings=w,no-break", "-l", page(name).toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mirrorlogctl.8", "mirrorlogd.8", "mirrorlogd.conf.5"})
    void shouldBeShownWithoutAWarning(String name) throws IOException {
        String shown = shown(name);

        assertFalse(shown.contains("warning:"), shown);
        for (String section : List.of("NAME", "DESCRIPTION", "SEE ALSO")) {
            assertTrue(shown.contains("\n" + section + "\n"), section);
        }
        assertTrue(Files.readString(page(name)).chars().allMatch(c -> c == '\n' || c >= ' ' && c < 0x7f),
                "plain ASCII");
    }

    @Test
    void shouldTellEachCommandAndEachOption() throws IOException {
        String shown = shown("mirrorlogctl.8");
        List<String> missing = new ArrayList<>();
        MirrorlogCtl.commands().subcommands().values().stream().map(sub -> sub.getCommandSpec())
                .filter(command -> !command.usageMessage().hidden()).forEach(command -> {
                    if (!shown.contains("\n   " + command.name())) {
                        missing.add(command.name());
                    }
                    command.options().stream().filter(option -> !shown.contains("       " + option.longestName()))
                            .forEach(option -> missing.add(option.longestName()));
                });

        assertEquals(List.of(), missing);
        assertFalse(shown.contains("names logs"), "what is hidden is not told");
        assertTrue(shown.contains("       4      the daemon answers, and something is degraded"), shown);
        Usage.CHOICES.forEach(choice -> missing.add(choice.synopsis()));
        String daemon = shown("mirrorlogd.8");
        missing.removeIf(synopsis -> daemon.contains("mirrorlogd " + synopsis));
        assertEquals(List.of(), missing);
    }

    /** A key of the shipped files that is not told, or none that is. */
    @Test
    void shouldTellEachSettingWithItsDefault() throws IOException {
        String shown = shown("mirrorlogd.conf.5");
        List<String> missing = new ArrayList<>();
        ConfigFactory.parseResources("application.conf", ConfigParseOptions.defaults()).root().toConfig().entrySet()
                .stream().map(entry -> entry.getKey()).forEach(key -> {
                    String block = key.contains(".") ? key.substring(0, key.lastIndexOf('.')) : key;
                    String outer = block.contains(".") ? block.substring(0, block.lastIndexOf('.')) : block;
                    if (!shown.contains("       " + key + " = ") && !shown.contains("       " + block + " = {")
                            && !shown.contains("       " + outer + " = {")) {
                        missing.add(key);
                    }
                });

        assertEquals(List.of(), missing);
        assertTrue(shown.contains("       mirrorlog.kernel.lookout = 50 us\n"), "its default");
        assertTrue(shown.matches("(?s).*mirrorlog.marks.lazy-clear = 5 s\n +How long a cleared region stays.*"), shown);
    }

    @Test
    void shouldMakeWhatAPackagePutsInPlace() throws IOException {
        for (String file : List.of("completion/mirrorlogctl", "zsh/_mirrorlogctl", "fish/mirrorlogctl.fish")) {
            assertTrue(Files.size(directory.resolve(file)) > 1_000, file);
        }
        assertEquals("", Commands.run(List.of("bash", "-n", directory.resolve("completion/mirrorlogctl").toString())));
    }
}
