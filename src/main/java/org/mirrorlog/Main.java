package org.mirrorlog;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.daemon.Arguments;
import org.mirrorlog.daemon.Daemon;
import org.mirrorlog.daemon.DataCheck;
import org.mirrorlog.daemon.Restore;
import org.mirrorlog.daemon.StartChecks;
import org.mirrorlog.daemon.Usage;
import org.mirrorlog.emulator.EmulateCommand;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.logging.Defects;
import org.mirrorlog.logging.Logging;
import org.mirrorlog.membership.FreeCluster;
import org.mirrorlog.membership.TlsFiles;
import org.mirrorlog.posix.NativeCalls;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.OpenFiles;
import org.mirrorlog.process.ProcessCare;
import org.mirrorlog.process.Signals;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartWatch;
import org.mirrorlog.process.Version;
import org.mirrorlog.settings.BadSettingsException;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The program {@code mirrorlogd}: arguments, settings, signals and exit codes around a {@link Daemon}. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final List<String> STOP_SIGNALS = List.of("TERM", "INT", "HUP");

    private final PrintStream out;
    private final PrintStream err;

    Main(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Runs the program; ends the process with an {@link ExitCode}. */
    public static void main(String[] words) throws InterruptedException {
        System.exit(new Main(System.out, System.err).run(List.of(words)).status());
    }

    ExitCode run(List<String> words) throws InterruptedException {
        if (!words.isEmpty() && words.get(0).equals("emulate")) {
            Optional<String> problem = NativeCalls.problem();
            if (problem.isPresent()) {
                err.println("mirrorlogd emulate: " + problem.get());
                return ExitCode.NOT_STARTED;
            }
            return ExitCode.ofEmulation(EmulateCommand.run(new PrintWriter(out, true), new PrintWriter(err, true),
                    words.subList(1, words.size())));
        }
        Arguments arguments = Arguments.parse(words);
        switch (arguments.action()) {
            case HELP -> {
                out.print(Usage.text());
                return ExitCode.OK;
            }
            case VERSION -> {
                out.println("mirrorlogd " + Version.ofThisBuild());
                return ExitCode.OK;
            }
            case REFUSE -> {
                err.println("mirrorlogd: " + arguments.complaint() + "; mirrorlogd --help explains");
                return ExitCode.USAGE;
            }
            case CHECK_DATA -> {
                return checkData(Path.of(arguments.directory()));
            }
            default -> {
                return withSettings(arguments);
            }
        }
    }

    private ExitCode checkData(Path directory) {
        if (!Files.isDirectory(directory)) {
            err.println("mirrorlogd: " + directory + " is not a directory");
            return ExitCode.USAGE;
        }
        try {
            return new DataCheck(directory, out).run();
        } catch (IOException e) {
            err.println("mirrorlogd: " + directory + " cannot be read: " + e);
            return ExitCode.DAMAGED;
        }
    }

    private ExitCode withSettings(Arguments arguments) throws InterruptedException {
        boolean checkOnly = arguments.action() == Arguments.Action.CHECK_CONFIG;
        Settings settings;
        try {
            Config config = Settings.load();
            settings = Settings.read(config, MachineIdentity.current());
        } catch (BadSettingsException e) {
            err.println("mirrorlogd: bad settings, nothing was started:");
            e.getMessage().lines().forEach(line -> err.println("  " + line));
            return ExitCode.USAGE;
        } catch (ConfigException | UncheckedIOException e) {
            err.println("mirrorlogd: the settings cannot be read: " + e.getMessage());
            return ExitCode.USAGE;
        }
        Optional<String> journal = JournalExtension.problems(settings.config());
        if (journal.isPresent()) {
            err.println("mirrorlogd: bad settings of the journal, nothing was started:");
            err.println("  " + journal.get());
            return ExitCode.USAGE;
        }
        if (checkOnly && settings.cluster().tls().isPresent()) {
            try {
                TlsFiles.check(settings.cluster().tls().get(), Instant.now());
            } catch (StartException e) {
                err.println("mirrorlogd: " + e.getMessage());
                return ExitCode.USAGE;
            }
        }
        if (checkOnly) {
            out.println("settings are sound");
            return ExitCode.OK;
        }
        if (arguments.action() == Arguments.Action.RESTORE) {
            return new Restore(settings, out, err).run(Path.of(arguments.directory()));
        }
        if (arguments.action() == Arguments.Action.FREE_CLUSTER) {
            return new FreeCluster(settings.config(), out, err).run(arguments.isMeant());
        }
        return serve(settings);
    }

    private ExitCode serve(Settings settings) throws InterruptedException {
        Logging.setLevel(settings.logLevel());
        Logging.keepLastLines();
        Defects.watchThreads();
        Daemon daemon;
        try (StartWatch watch = StartWatch.begin(KernelBridge::nowMs)) {
            OpenFiles.require();
            Optional<String> problem = NativeCalls.problem();
            if (problem.isPresent()) {
                throw new StartException(problem.get());
            }
            StartChecks.require(settings, watch);
            ProcessCare.take(settings.memory());
            daemon = Daemon.start(settings, watch);
        } catch (StartException e) {
            LOG.debug("cannot start", e);
            e.getMessage().lines().forEach(line -> err.println("mirrorlogd: cannot start: " + line));
            return ExitCode.NOT_STARTED;
        }
        STOP_SIGNALS.forEach(name -> Signals.handle(name, signal -> daemon.stopUnlessUsed("SIG" + signal)));
        ExitCode code = daemon.awaitEnd();
        LOG.info("stopped");
        return code;
    }
}
