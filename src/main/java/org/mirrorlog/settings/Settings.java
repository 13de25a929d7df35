package org.mirrorlog.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.Provenance;
import org.mirrorlog.cluster.Release;

/**
 * Everything an operator can set, read once at start and never changed. What each key means stands in application.conf,
 * beside its default; no default stands here.
 *
 * @param config the whole configuration, Akka's part included
 * @param machineId which machine this is, as others are told; empty if that is not known
 */
public record Settings(Config config, String nodeName, String machineId, String clusterName, ClusterSettings cluster,
        Path dataDir, String logLevel, Kernel kernel, Duration lazyClear, Rounds rounds, int snapshotEvery,
        boolean acceptRegularFiles, int mostDevices, Duration readBackEvery, Duration retireAfter,
        boolean newBootProvesDeath, Set<String> adopt, boolean forceShutdown, Memory memory, FencingSettings fencing,
        DoorSettings doors) {

    /** Block of the keys below it. */
    static final String ROOT = "mirrorlog";

    private static final String FROM_MACHINE = "<machine>";
    private static final Predicate<String> IS_NAME = text -> text.matches("[A-Za-z0-9._-]{1,64}");
    private static final Predicate<String> IS_WORD = text -> text.matches("[!-~]{1,64}");
    private static final Predicate<String> IS_UUID =
            text -> !text.isBlank() && text.getBytes(StandardCharsets.UTF_8).length <= 128;
    private static final int MAX_UNIX_PATH_BYTES = 107;

    /** Where requests come from. */
    public enum Connector { NETLINK, UNIX }

    /** See {@code mirrorlog.kernel}. */
    public record Kernel(Connector connector, Path unixPath, String bootId, List<String> tablesCommand,
            int receiveBufferBytes, Duration lookout, long testPortId, Lvm lvm, Optional<Path> recordsDir) {
    }

    /** See {@code mirrorlog.lvm}. */
    public record Lvm(Optional<Path> pidFile, String statusWord) {
    }

    /** See {@code mirrorlog.rounds}. */
    public record Rounds(Duration retryAfter, Duration askHeldAgainAfter) {
    }

    /** See {@code mirrorlog.memory}. */
    public record Memory(boolean lock, boolean ioFlusher, int oomScoreAdjust) {
    }

    /**
     * The configuration of this process: system properties over the file named by {@code config.file}, if any, over
     * application.conf over the libraries' defaults.
     *
     * @throws ConfigException if a file cannot be read or is no HOCON
     */
    public static Config load() {
        Config file = ConfigFactory.empty();
        String name = System.getProperty("config.file");
        if (name != null) {
            file = ConfigFactory.parseFile(new File(name), ConfigParseOptions.defaults().setAllowMissing(false));
        }
        return load(file);
    }

    /** As {@link #load()}, with these values in place of the file. */
    public static Config load(Config file) {
        ConfigFactory.invalidateCaches(); // else system properties are those of the first call
        return JournalWord.spelledOut(ConfigFactory.defaultOverrides())
                .withFallback(JournalWord.spelledOut(file))
                .withFallback(ConfigFactory.parseResources("application.conf"))
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve(ConfigResolveOptions.defaults());
    }

    /**
     * Reads and checks all keys.
     *
     * @throws BadSettingsException with every key that cannot be used
     */
    public static Settings read(Config config, MachineIdentity machine) {
        SettingsReader reader = new SettingsReader(config);
        Settings settings = read(reader, config, machine);
        new SettingsRules(reader, config).check(settings);
        if (!reader.problems().isEmpty()) {
            throw new BadSettingsException(reader.problems());
        }
        return settings;
    }

    static Settings read(SettingsReader from, Config config, MachineIdentity machine) {
        String name = from.text("mirrorlog.node-name",
                "1 to 64 letters, digits, dots, dashes or underscores, or <hostname>",
                text -> IS_NAME.test(text) || "<hostname>".equals(text) && IS_NAME.test(machine.hostname()));
        String clusterName = from.text("mirrorlog.cluster-name", "1 to 64 letters, digits, dots, dashes or underscores",
                IS_NAME);
        ClusterSettings cluster = ClusterSettings.read(from);
        Path dataDir = path(from, "mirrorlog.data-dir", "a path", Integer.MAX_VALUE);
        String logLevel = from.word("mirrorlog.log-level", List.of("INFO", "ERROR", "WARN", "DEBUG", "TRACE"));
        Kernel kernel = kernel(from, machine);
        Duration lazyClear = from.duration("mirrorlog.marks.lazy-clear", Duration.ZERO, Duration.ofMinutes(10));
        Rounds rounds = new Rounds(
                from.duration("mirrorlog.rounds.retry-after", Duration.ofMillis(50), Duration.ofSeconds(10)),
                from.duration("mirrorlog.rounds.ask-held-again-after", Duration.ofMillis(50), Duration.ofSeconds(10)));
        int snapshotEvery = (int) from.number("mirrorlog.owner.snapshot-every", 10, 1_000_000);
        boolean acceptRegularFiles = from.flag("mirrorlog.device.accept-regular-files");
        int mostDevices = (int) from.number("mirrorlog.device.most-open", 1, 16_384);
        Duration readBackEvery =
                from.duration("mirrorlog.device.read-back-every", Duration.ofSeconds(1), Duration.ofDays(1));
        Duration retireAfter = retireAfter(from);
        boolean newBootProvesDeath = from.flag("mirrorlog.new-boot-proves-death");
        Set<String> adopt =
                Set.copyOf(from.names("mirrorlog.adopt", "a list of log uuids of 1 to 128 bytes", IS_UUID));
        Memory memory = new Memory(from.flag("mirrorlog.memory.lock"), from.flag("mirrorlog.memory.io-flusher"),
                (int) from.number("mirrorlog.memory.oom-score-adjust", -1000, 0));
        from.number("mirrorlog.dispatchers.hot.threads", 1, 16);
        from.duration("mirrorlog.dispatchers.hot.lookout", Duration.ZERO, Duration.ofMillis(1));
        return new Settings(config, "<hostname>".equals(name) ? machine.hostname() : name,
                machineId(from, machine), clusterName,
                cluster, dataDir, logLevel, kernel, lazyClear, rounds, snapshotEvery, acceptRegularFiles, mostDevices,
                readBackEvery, retireAfter, newBootProvesDeath, adopt, from.flag("mirrorlog.shutdown.force"), memory,
                FencingSettings.read(from), DoorSettings.read(from, dataDir));
    }

    private static String machineId(SettingsReader from, MachineIdentity machine) {
        String id = from.text("mirrorlog.machine-id", "1 to 64 printable characters without blanks, or <machine>",
                IS_WORD);
        return FROM_MACHINE.equals(id) ? machine.id() : IS_WORD.test(id) ? MachineIdentity.idOf(id) : "";
    }

    private static Duration retireAfter(SettingsReader from) {
        return from.duration("mirrorlog.retire-after", Duration.ZERO, Duration.ofDays(3650));
    }

    /**
     * What the actor system is started with: the configuration, who this node is, and how it speaks to others.
     *
     * @param former boot ids of earlier runs of this machine's kernel, which are over
     */
    public Config ofActorSystem(List<String> former) {
        Map<String, Object> own = new TreeMap<>();
        List<String> roles = new ArrayList<>(identity().roles());
        roles.addAll(new Provenance(machineId, former).roles());
        roles.addAll(Release.roles());
        own.put("akka.cluster.roles", roles);
        if (cluster.tls().isPresent()) {
            own.put("akka.remote.artery.transport", "tls-tcp");
        }
        boolean isReplicated = isReplicated();
        if (cluster.isJournalArbiter() || isReplicated && cluster.isDowningChosen()) {
            own.put("akka.cluster.split-brain-resolver.active-strategy", "lease-majority");
        }
        if (isReplicated) {
            // Who can write there goes on.
            own.put("akka.cluster.split-brain-resolver.lease-majority.lease-implementation",
                    "mirrorlog.replicated.lease");
        }
        return ConfigFactory.parseMap(own).withFallback(config);
    }

    /** Whether the journal is the one in the data directory. */
    public boolean isEmbedded() {
        return SettingsRules.JOURNAL.equals(config.getString(SettingsRules.PLUGIN));
    }

    /** For whom mirrorlogctl backup and mirrorlogd restore are not, what is done instead; empty: they do it. */
    public Optional<String> insteadOfBackup() {
        if (isEmbedded()) {
            return Optional.empty();
        }
        return Optional.of(isReplicated() ? "is kept by the daemons among themselves: each member's copy stands for"
                + " the others', and none of them is ever copied back. Where too few are left for it to go on, begin a"
                + " new one and adopt the logs: docs/replicated.md"
                : "is in the database: pg_dump its schema mirrorlog. Put back with pg_restore, all daemons stopped, an"
                + " older one is found out, and each log that has gone on since is held until it is adopted, all"
                + " dirty");
    }

    private boolean isReplicated() {
        return SettingsRules.REPLICATED.equals(config.getString(SettingsRules.PLUGIN));
    }

    /** The TCP port of the journal that the nodes keep among themselves, if it is the one used. */
    public Optional<Integer> journalPort() {
        return isReplicated() ? Optional.of(config.getInt(SettingsRules.REPLICA + ".port")) : Optional.empty();
    }

    /** Who this node is in the cluster. */
    public NodeIdentity identity() {
        return new NodeIdentity(nodeName, kernel.bootId());
    }

    private static Kernel kernel(SettingsReader from, MachineIdentity machine) {
        String connector = from.word("mirrorlog.kernel.connector", List.of("netlink", "unix"));
        String bootId = from.text("mirrorlog.kernel.boot-id",
                "1 to 64 printable characters without blanks, or <machine>", IS_WORD);
        return new Kernel("unix".equals(connector) ? Connector.UNIX : Connector.NETLINK,
                path(from, "mirrorlog.kernel.unix-path", "a path of at most " + MAX_UNIX_PATH_BYTES + " bytes",
                        MAX_UNIX_PATH_BYTES),
                FROM_MACHINE.equals(bootId) ? machine.bootId() : bootId,
                from.names("mirrorlog.kernel.tables-command",
                        "a list of words: a program by its absolute path, and its arguments", text -> !text.isEmpty()),
                (int) from.bytes("mirrorlog.kernel.receive-buffer", 256 << 10, 256 << 20),
                from.duration("mirrorlog.kernel.lookout", Duration.ZERO, Duration.ofMillis(1)),
                from.number("mirrorlog.kernel.test-port-id", 0, 0xffff_ffffL),
                new Lvm(absolute(from, "mirrorlog.lvm.pid-file", "none"),
                        from.word("mirrorlog.lvm.status-word", List.of("clustered-disk", "disk"))),
                absolute(from, "mirrorlog.kernel.records-dir", "the usual one"));
    }

    private static Optional<Path> absolute(SettingsReader from, String key, String empty) {
        String path = from.text(key, "an absolute path, or \"\" for " + empty,
                text -> text.isEmpty() || text.startsWith("/") && text.indexOf('\0') < 0);
        return path.startsWith("/") && path.indexOf('\0') < 0 ? Optional.of(Path.of(path)) : Optional.empty();
    }

    private static Path path(SettingsReader from, String key, String allowed, int maxBytes) {
        return Path.of(from.text(key, allowed, text -> {
            try {
                return !text.isBlank()
                        && Path.of(text).toAbsolutePath().toString()
                        .getBytes(StandardCharsets.UTF_8).length <= maxBytes;
            } catch (InvalidPathException e) {
                return false;
            }
        })).toAbsolutePath().normalize();
    }
}
