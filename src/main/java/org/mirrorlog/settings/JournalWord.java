package org.mirrorlog.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Map;

/**
 * {@code mirrorlog.journal = WORD}: which journal is used, in one word in place of the two plugins that it stands for.
 * The same name is that of the embedded journal's block, so the word is taken out of the layer that says it.
 */
final class JournalWord {
    private static final String JOURNAL = "mirrorlog.journal";
    private static final Map<String, List<String>> PLUGINS = Map.of(
            "embedded", List.of(JOURNAL, "mirrorlog.snapshots"),
            "postgresql", List.of("mirrorlog.postgres.journal", "mirrorlog.postgres.snapshots"),
            "replicated", List.of("mirrorlog.replicated.journal", "mirrorlog.replicated.snapshots"));

    /** The words, for messages. */
    static final String WORDS = "embedded, replicated or postgresql";

    private JournalWord() {
    }

    /**
     * A layer of settings with the plugins in place of the word. What the layer says of the plugins themselves wins. A
     * word that is not known stands for a plugin of that name, which is refused later.
     */
    static Config spelledOut(Config layer) {
        if (!layer.hasPath(JOURNAL) || layer.getValue(JOURNAL).valueType() != ConfigValueType.STRING) {
            return layer;
        }
        ConfigValue word = layer.getValue(JOURNAL);
        String text = word.unwrapped().toString();
        List<String> plugins = PLUGINS.getOrDefault(text, List.of(text, text));
        Config chosen = ConfigFactory.empty();
        List<String> keys = List.of("akka.persistence.journal.plugin", "akka.persistence.snapshot-store.plugin");
        for (int i = 0; i < keys.size(); i++) {
            chosen = chosen.withValue(keys.get(i), ConfigValueFactory.fromAnyRef(plugins.get(i))
                    .withOrigin(word.origin()));
        }
        return layer.withoutPath(JOURNAL).withFallback(chosen);
    }
}
