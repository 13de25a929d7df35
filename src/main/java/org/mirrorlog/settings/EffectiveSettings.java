package org.mirrorlog.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The settings that are in force, and where each was set, for operators and those whom they ask. What an operator has
 * set is shown where it is a number, a duration or a word of a few, or a text of those listed here; whatever else could
 * be a secret is not: a setting that is added later is hidden until somebody decides.
 */
public final class EffectiveSettings {
    /** In place of a value that may be a secret. */
    public static final String HIDDEN = "(set, not shown)";

    private static final Pattern PLAIN =
            Pattern.compile("-?[0-9]+(\\.[0-9]+)?( ?[A-Za-z]{1,8})?|true|false|on|off|yes|no");
    /** Texts that say who, where and how, and open nothing. */
    private static final Set<String> SHOWN = Set.of("mirrorlog.node-name", "mirrorlog.cluster-name",
            "mirrorlog.cluster.host", "mirrorlog.cluster.seeds", "mirrorlog.cluster.discovery.method",
            "mirrorlog.cluster.discovery.service", "mirrorlog.cluster.downing", "mirrorlog.cluster.tls.certificate",
            "mirrorlog.cluster.tls.key", "mirrorlog.cluster.tls.authority", "mirrorlog.data-dir",
            "mirrorlog.log-level", "mirrorlog.kernel.connector", "mirrorlog.kernel.unix-path",
            "mirrorlog.kernel.boot-id", "mirrorlog.lvm.pid-file", "mirrorlog.adopt", "mirrorlog.fencing",
            "mirrorlog.after-death", "mirrorlog.management.names", "mirrorlog.operator.socket",
            "mirrorlog.operator.group", "mirrorlog.journal.dir", "mirrorlog.snapshots.dir", "mirrorlog.postgres.user",
            "mirrorlog.postgres.password-file", "mirrorlog.replicated.members", "mirrorlog.replicated.dir",
            "akka.loglevel", "akka.management.http.hostname",
            "akka.management.http.bind-hostname", "akka.persistence.journal.plugin",
            "akka.persistence.snapshot-store.plugin", "akka.remote.artery.bind.hostname",
            "akka.cluster.split-brain-resolver.active-strategy");
    /** Of these the program, without its arguments. */
    private static final Set<String> PROGRAMS =
            Set.of("mirrorlog.fence-command.line", "mirrorlog.kernel.tables-command");
    private static final String URL = "mirrorlog.postgres.url";

    /**
     * One setting.
     *
     * @param origin file and line, or what else has set it
     * @param isDefault nobody has set it
     */
    public record Effective(String key, String value, String origin, boolean isDefault) { }

    private EffectiveSettings() {
    }

    /** All of ours, and those of Akka that this program or an operator has set; by key. */
    public static List<Effective> of(Config config) {
        Config shipped = ConfigFactory.parseResources("application.conf")
                .withFallback(ConfigFactory.defaultReferenceUnresolved()).resolve();
        Map<String, Effective> all = new TreeMap<>();
        for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
            String key = entry.getKey();
            ConfigOrigin origin = entry.getValue().origin();
            boolean isDefault = shipped.hasPath(key) && shipped.getValue(key).equals(entry.getValue());
            boolean isOurs = key.startsWith(Settings.ROOT + ".") || key.startsWith("akka.")
                    && (!isDefault || "application.conf".equals(origin.resource()));
            if (isOurs) {
                all.put(key, new Effective(key, isDefault ? text(entry.getValue()) : shown(key, entry.getValue(),
                        shipped), SettingsReader.text(origin), isDefault));
            }
        }
        return List.copyOf(all.values());
    }

    private static String shown(String key, ConfigValue value, Config shipped) {
        String text = text(value);
        boolean isPlain = shipped.hasPath(key) && PLAIN.matcher(text(shipped.getValue(key))).matches()
                && PLAIN.matcher(text).matches();
        if (isPlain || SHOWN.contains(key)) {
            return text;
        } else if (PROGRAMS.contains(key) && value.unwrapped() instanceof List<?> words && !words.isEmpty()) {
            return words.get(0) + (words.size() == 1 ? "" : " and " + (words.size() - 1) + " arguments, not shown");
        } else if (URL.equals(key) && text.startsWith("jdbc:postgresql:")) {
            // Parameters may be passwords, and so may what stands before an @.
            return text.replaceFirst("\\?.*", "?...").replaceFirst("//[^/]*@", "//...@");
        }
        return HIDDEN;
    }

    private static String text(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING ? (String) value.unwrapped()
                : value.render(ConfigRenderOptions.concise());
    }
}
