package org.mirrorlog.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.mirrorlog.words.WrongWords;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code mirrorlogctl}. */
@Command(name = "mirrorlogctl", description = "Asks a running mirrorlogd.", mixinStandardHelpOptions = false,
        subcommands = {StatusCommand.class, TopCommand.class, HealthCommand.class, LogsCommand.class, LogCommand.class,
            RequestsCommand.class, EventsCommand.class, NodesCommand.class, FenceConfirmCommand.class,
            AdoptCommand.class, RetireCommand.class, DrainCommand.class, ResyncCommand.class, MetricsCommand.class,
            JournalCommand.class, ConfigCommand.class, LogLevelCommand.class, BackupCommand.class,
            SupportBundleCommand.class, CompletionCommand.class, NamesCommand.class},
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:refused or failed", "2:wrong usage, or --yes (or --power-is-off) is missing;"
            + " nothing was done", "3:no daemon answers", "4:the daemon answers, and something is degraded"},
        footerHeading = "%nEnvironment:%n", footer = {"  MIRRORLOG_URL: where the daemon's management listens, unless"
            + " --url says so", "  MIRRORLOG_CERT, MIRRORLOG_KEY, MIRRORLOG_CA: as --cert, --key and --ca",
            "  NO_COLOR: not empty, there are no colours; TERM=dumb says the same"})
public final class MirrorlogCtl implements Runnable {
    private static final String DEFAULT_URL = "http://127.0.0.1:8558";
    private static final int LAST_PORT = 65_535;

    @Option(names = "--url", paramLabel = "URL", scope = ScopeType.INHERIT,
            description = "where the daemon's management listens; else MIRRORLOG_URL; else " + DEFAULT_URL)
    private String url;

    @Option(names = "--cert", paramLabel = "FILE", scope = ScopeType.INHERIT,
            description = "for a URL with https: your certificate, whose subject says what you may (PEM)")
    private Path certificate;

    @Option(names = "--key", paramLabel = "FILE", scope = ScopeType.INHERIT,
            description = "its private key (PEM, unencrypted)")
    private Path key;

    @Option(names = "--ca", paramLabel = "FILE", scope = ScopeType.INHERIT,
            description = "the certificate of the cluster's authority (PEM); else those that the JRE knows")
    private Path authority;

    @Option(names = "--socket", paramLabel = "PATH", scope = ScopeType.INHERIT,
            description = "the daemon's UNIX socket for changes; else the one that the daemon names")
    private Path socket;

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, description = "this text")
    private boolean isHelpAsked;

    @Spec
    private CommandSpec spec;

    private final Surroundings surroundings;

    MirrorlogCtl(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Runs the program; ends the process. */
    public static void main(String[] words) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(new Surroundings(out, err, System.getenv(), Ink.isTerminal(1)), words));
    }

    static int run(Surroundings surroundings, String... words) {
        CommandLine line = line(surroundings);
        line.setExecutionExceptionHandler((failure, command, result) -> {
            if (failure instanceof CommandFailedException failed) {
                surroundings.err().println("mirrorlogctl: " + failed.getMessage());
                return failed.status();
            }
            throw failure;
        });
        return line.execute(words);
    }

    /** All commands with their options: for those who make manual pages of them. */
    public static CommandSpec commands() {
        PrintWriter nobody = new PrintWriter(Writer.nullWriter());
        return line(new Surroundings(nobody, nobody, Map.of(), false)).getCommandSpec();
    }

    /** What a shell needs to complete command lines; by the shell's name, bash, zsh or fish. */
    public static Map<String, String> completions() {
        Map<String, String> all = new TreeMap<>();
        for (CompletionCommand.Shell shell : CompletionCommand.Shell.values()) {
            all.put(shell.name(), CompletionCommand.text(shell, commands()));
        }
        return all;
    }

    /** All commands with their options. */
    static CommandLine line(Surroundings surroundings) {
        return new CommandLine(new MirrorlogCtl(surroundings)).setOut(surroundings.out()).setErr(surroundings.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setCaseInsensitiveEnumValuesAllowed(true).setParameterExceptionHandler(new WrongWords());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    boolean isOnTerminal() {
        return surroundings.isTerminal();
    }

    Ink ink() {
        return new Ink(surroundings.isTerminal(), surroundings.environment());
    }

    DaemonClient client() {
        return client(DaemonClient.PATIENCE);
    }

    DaemonClient client(Duration patience) {
        return new DaemonClient(base(), identity(), Optional.ofNullable(socket), patience);
    }

    private Identity identity() {
        Identity identity = new Identity(file(certificate, "MIRRORLOG_CERT"), file(key, "MIRRORLOG_KEY"),
                file(authority, "MIRRORLOG_CA"));
        if (identity.certificate().isPresent() != identity.key().isPresent()) {
            throw new CommandFailedException(Exit.USAGE, "--cert and --key are given both, or neither");
        }
        boolean isTyped = certificate != null || key != null || authority != null;
        if (isTyped && !"https".equals(base().getScheme())) {
            throw new CommandFailedException(Exit.USAGE, "--cert, --key and --ca are for a --url with https, and this"
                    + " one is " + base());
        }
        return identity;
    }

    private Optional<Path> file(Path typed, String variable) {
        String given = surroundings.environment().getOrDefault(variable, "");
        return typed != null || given.isEmpty() ? Optional.ofNullable(typed) : Optional.of(Path.of(given));
    }

    private URI base() {
        String given = surroundings.environment().getOrDefault("MIRRORLOG_URL", "");
        String typed = url != null ? url : given.isEmpty() ? DEFAULT_URL : given;
        try {
            URI base = new URI(typed);
            boolean isHttp = "http".equals(base.getScheme()) || "https".equals(base.getScheme());
            if (isHttp && base.getHost() != null && base.getPort() <= LAST_PORT && base.getPort() != 0) {
                return base;
            }
        } catch (URISyntaxException e) {
            // As good as one of another sort.
        }
        throw new CommandFailedException(Exit.USAGE, (url != null ? "--url " : "MIRRORLOG_URL=") + LogName.shown(typed)
                + ": must be like " + DEFAULT_URL);
    }
}
