package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.mirrorlog.settings.Settings;

/** What is looked at before a start. */
class StartChecksTest {

    @Test
    void s24ShouldAskOfEachDirectoryThatIsWrittenWhetherItLiesOnAServedMirror() {
        assertEquals(Settings.load(ConfigFactory.empty()).getConfig("mirrorlog").entrySet().stream()
                .map(entry -> "mirrorlog." + entry.getKey())
                .filter(key -> key.endsWith(".dir") || key.endsWith(".records-dir"))
                .collect(Collectors.toCollection(TreeSet::new)), new TreeSet<>(StartChecks.ELSEWHERE));
    }
}
