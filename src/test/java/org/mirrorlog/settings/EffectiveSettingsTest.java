package org.mirrorlog.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What of the settings is told, and what is not. */
class EffectiveSettingsTest {
    private static final String SECRET = "s3cr3t";
    /** Whoever adds one here has thought about it: it opens nothing. */
    private static final Set<String> TOLD = Set.of("mirrorlog.node-name", "mirrorlog.cluster-name",
            "mirrorlog.cluster.host", "mirrorlog.cluster.seeds", "mirrorlog.cluster.discovery.method",
            "mirrorlog.cluster.discovery.service", "mirrorlog.cluster.downing", "mirrorlog.cluster.tls.certificate",
            "mirrorlog.cluster.tls.key", "mirrorlog.cluster.tls.authority", "mirrorlog.data-dir",
            "mirrorlog.log-level", "mirrorlog.kernel.connector", "mirrorlog.kernel.unix-path",
            "mirrorlog.kernel.boot-id", "mirrorlog.lvm.pid-file", "mirrorlog.adopt", "mirrorlog.fencing",
            "mirrorlog.after-death", "mirrorlog.management.names", "mirrorlog.operator.socket",
            "mirrorlog.operator.group", "mirrorlog.journal.dir", "mirrorlog.snapshots.dir", "mirrorlog.postgres.user",
            "mirrorlog.postgres.password-file", "akka.loglevel", "akka.management.http.hostname",
            "akka.management.http.bind-hostname", "akka.persistence.journal.plugin",
            "akka.persistence.snapshot-store.plugin", "akka.remote.artery.bind.hostname",
            "akka.cluster.split-brain-resolver.active-strategy", "mirrorlog.replicated.members",
            "mirrorlog.replicated.dir");

    private static EffectiveSettings.Effective one(Config config, String key) {
        return EffectiveSettings.of(config).stream().filter(each -> each.key().equals(key)).findFirst().orElseThrow();
    }

    /** Each key that there is, of this program and of all libraries, is set to a secret, alone; as a number, too. */
    @Test
    void shouldTellNoSecretWhicheverSettingHoldsIt() {
        Config all = Settings.load(ConfigFactory.empty());
        Set<String> telling = new TreeSet<>();
        Config secrets = ConfigFactory.empty();
        for (Map.Entry<String, ConfigValue> entry : all.entrySet()) {
            Object value = entry.getValue().valueType() == ConfigValueType.LIST ? List.of("/bin/x", SECRET) : SECRET;
            secrets = secrets.withValue(entry.getKey(), ConfigValueFactory.fromAnyRef(value));
        }
        secrets = secrets.withValue("mirrorlog.of-tomorrow",
                ConfigValueFactory.fromAnyRef(SECRET));

        EffectiveSettings.of(secrets).stream().filter(each -> each.value().contains(SECRET))
                .forEach(each -> telling.add(each.key()));

        telling.removeAll(TOLD);
        assertEquals(Set.of(), telling);
        assertEquals(EffectiveSettings.HIDDEN, one(secrets, "mirrorlog.of-tomorrow").value());
        assertEquals(EffectiveSettings.HIDDEN, one(secrets, "mirrorlog.machine-id").value());
        assertEquals("/bin/x and 1 arguments, not shown", one(secrets, "mirrorlog.fence-command.line").value());
        Config number = ConfigFactory.parseString("mirrorlog.postgres.password = 123456");
        assertEquals(EffectiveSettings.HIDDEN, one(number, "mirrorlog.postgres.password").value());
    }

    @Test
    void shouldTellWhatIsInForceAndWhereItWasSet() {
        Config config = Settings.load(ConfigFactory.parseString("""
                mirrorlog.marks.lazy-clear = 9 s
                mirrorlog.postgres.url = "jdbc:postgresql://me:s3cr3t@db:5432/x?password=s3cr3t&a=b"
                mirrorlog.data-dir = /srv/x
                akka.cluster.failure-detector.threshold = 9"""));

        assertEquals("9 s", one(config, "mirrorlog.marks.lazy-clear").value());
        assertEquals("jdbc:postgresql://...@db:5432/x?...", one(config, "mirrorlog.postgres.url").value());
        assertEquals("9", one(config, "akka.cluster.failure-detector.threshold").value());
        assertTrue(one(config, "mirrorlog.data-dir").origin().contains("String"), "where it was set");
        EffectiveSettings.Effective usual = one(config, "mirrorlog.kernel.lookout");
        assertTrue(usual.isDefault() && usual.value().equals("50 us")
                && usual.origin().matches(".*application.conf:\\d+"), usual.toString());
        assertTrue(one(config, "akka.actor.provider").isDefault(), "what this program sets of Akka's");
        assertTrue(EffectiveSettings.of(config).stream().noneMatch(each -> each.key().startsWith("java.")));
    }
}
