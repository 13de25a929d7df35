package org.mirrorlog.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.mirrorlog.owner.Builds;

/** What single keys cannot tell: unknown keys, unsafe combinations, and the Akka settings that safety rests on. */
final class SettingsRules {
    /** The journal in the data directory. */
    static final String JOURNAL = "mirrorlog.journal";
    private static final String SNAPSHOTS = "mirrorlog.snapshots";
    private static final String POSTGRES = "mirrorlog.postgres";
    /** Block of that journal's keys. */
    static final String REPLICA = "mirrorlog.replicated";
    /** Which journal is used. */
    static final String PLUGIN = "akka.persistence.journal.plugin";
    /** The journal that the nodes keep among themselves. */
    static final String REPLICATED = REPLICA + ".journal";
    /** Snapshot store of each journal of ours: memory in two places would be two memories. */
    private static final Map<String, String> STORES =
            Map.of(JOURNAL, SNAPSHOTS, POSTGRES + ".journal", POSTGRES + ".snapshots", REPLICATED,
                    REPLICA + ".snapshots");
    private static final Set<String> FORGETFUL =
            Set.of("akka.persistence.journal.inmem", "akka.persistence.journal.leveldb");

    private final SettingsReader reader;
    private final Config config;

    SettingsRules(SettingsReader reader, Config config) {
        this.reader = reader;
        this.config = config;
    }

    void check(Settings settings) {
        reader.refuseUnknown(Settings.ROOT, readByOthers());
        if (settings.kernel().connector() == Settings.Connector.UNIX && settings.kernel().testPortId() != 0) {
            reader.refuse("mirrorlog.kernel.test-port-id", "0 with connector = unix");
        }
        if (settings.kernel().connector() == Settings.Connector.NETLINK && settings.acceptRegularFiles()) {
            reader.refuse("mirrorlog.device.accept-regular-files", "false with connector = netlink");
        }
        settings.cluster().check(reader);
        checkTablesCommand(settings);
        settings.doors().check(reader, settings.cluster());
        checkManagement();
        checkRemoting(settings.cluster());
        checkPersistence(settings.cluster().isAlone());
        must("akka.actor.provider", "cluster");
        must("akka.remote.artery.enabled", "on", "true", "yes");
        must("akka.cluster.app-version", Integer.toString(Builds.FORMAT));
        must("akka.actor.allow-java-serialization", "off", "false", "no");
        must("akka.cluster.sharding.passivation.strategy", "none", "off");
        must("akka.cluster.sharding.use-dispatcher", "mirrorlog.dispatchers.hot");
        must("akka.coordinated-shutdown.run-by-jvm-shutdown-hook", "off", "false", "no");
    }

    private void checkTablesCommand(Settings settings) {
        String key = "mirrorlog.kernel.tables-command";
        boolean isGiven = !settings.kernel().tablesCommand().isEmpty();
        if (isGiven && settings.kernel().connector() == Settings.Connector.NETLINK) {
            reader.refuse(key, "none with connector = netlink: dmsetup is used");
        } else if (isGiven && !FencingSettings.startsWithAProgram(settings.kernel().tablesCommand())) {
            reader.refuse(key, "the absolute path of an executable program, and its arguments");
        } else if (!isGiven && settings.kernel().connector() == Settings.Connector.UNIX
                && settings.fencing().reactivation().isPresent()) {
            reader.refuse(key, "a command, with connector = unix and after-death = reactivate");
        }
    }

    private void checkManagement() {
        reader.number("akka.management.http.port", 0, 65_535);
        for (String key : List.of("akka.management.http.hostname", "akka.management.http.bind-hostname")) {
            reader.text(key, "a loopback address: the endpoints know no authentication", ClusterSettings::isLoopback);
        }
    }

    /** What is bound need not be what the others are told. */
    private void checkRemoting(ClusterSettings cluster) {
        for (String key : List.of("akka.remote.artery.canonical.hostname", "akka.remote.artery.bind.hostname")) {
            boolean isOurs = key.contains("canonical")
                    && (cluster.host().isEmpty() || config.getString(key).equals(cluster.host()));
            if (reader.hasText(key) && !isOurs && cluster.needsTlsAt(config.getString(key))) {
                reader.refuse(key, ClusterSettings.LOOPBACK_OR_TLS);
            }
        }
    }

    private void checkPersistence(boolean isAlone) {
        String key = PLUGIN;
        String plugin = reader.text(key, "the id of a journal that keeps what it acknowledged; or mirrorlog.journal = "
                + JournalWord.WORDS, id -> !id.isBlank() && !FORGETFUL.contains(id) && config.hasPath(id));
        if (JOURNAL.equals(plugin) && !isAlone) {
            reader.refuse(key, POSTGRES + ".journal, which the nodes of a cluster share (mirrorlog.journal ="
                    + " postgresql, or replicated): " + JOURNAL + " belongs to one node");
        }
        String store = STORES.get(plugin);
        reader.text("akka.persistence.snapshot-store.plugin", store == null ? "the id of a snapshot store"
                : "the id of a snapshot store; with journal " + plugin + " only " + store,
                id -> !id.isBlank() && (store == null || store.equals(id)));
        if (!reader.names("akka.cluster.seed-nodes", "a list of addresses", any -> true).isEmpty()) {
            reader.refuse("akka.cluster.seed-nodes", "none: give mirrorlog.cluster.seeds");
        }
    }

    private void must(String path, String... values) {
        reader.text(path, values[0] + ", nothing else is safe",
                given -> List.of(values).stream().anyMatch(given::equalsIgnoreCase));
    }

    /**
     * Keys below our root that the plugins or Akka's dispatchers read: those that the shipped files or Akka have there.
     */
    private static Predicate<String> readByOthers() {
        Config shipped = ConfigFactory.parseResources("application.conf")
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve();
        Set<String> known = new TreeSet<>();
        add(known, shipped, JOURNAL, JOURNAL);
        add(known, shipped, SNAPSHOTS, SNAPSHOTS);
        add(known, shipped, POSTGRES, POSTGRES);
        add(known, shipped, REPLICA, REPLICA);
        for (Map.Entry<String, String> pair : STORES.entrySet()) {
            add(known, shipped, "akka.persistence.journal-plugin-fallback", pair.getKey());
            add(known, shipped, "akka.persistence.snapshot-store-plugin-fallback", pair.getValue());
        }
        for (String dispatcher : List.of("mirrorlog.dispatchers.hot", "mirrorlog.dispatchers.device")) {
            add(known, shipped, "akka.actor.default-dispatcher", dispatcher);
        }
        return known::contains;
    }

    private static void add(Set<String> known, Config config, String from, String as) {
        if (config.hasPath(from)) {
            config.getConfig(from).entrySet().forEach(entry -> known.add(as + "." + entry.getKey()));
        }
    }
}
