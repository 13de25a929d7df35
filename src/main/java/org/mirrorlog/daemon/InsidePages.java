package org.mirrorlog.daemon;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mirrorlog.journal.GroupStanding;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalCounters;
import org.mirrorlog.logging.Logging;
import org.mirrorlog.management.JournalView;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.management.SettingView;
import org.mirrorlog.process.Version;
import org.mirrorlog.settings.EffectiveSettings;
import org.mirrorlog.settings.Settings;

/** What operators can see of the inside of a daemon, for whoever helps them. No data, no keys. */
final class InsidePages {
    private InsidePages() {
    }

    static void show(ManagementPort port, Settings settings, Journal journal) {
        port.tellOperators("config", () -> EffectiveSettings.of(settings.config()).stream()
                .map(one -> new SettingView(one.key(), one.value(), one.origin(), one.isDefault())).toList());
        port.tellOperators("log", Logging::lastLines);
        port.tellOperators("threads", InsidePages::threads);
        port.tellOperators("journal", () -> journal(journal));
        port.tellOperators("members", () -> journal.group().map(InsidePages::members).orElse(JournalView.NONE));
        port.tellOperators("version", () -> Map.of("mirrorlogd", Version.ofThisBuild(),
                "java", System.getProperty("java.runtime.version", "?"),
                "kernel", System.getProperty("os.version", "?"), "machine", System.getProperty("os.arch", "?")));
    }

    /** Each thread with its stack. */
    private static List<Map<String, Object>> threads() {
        return Arrays.stream(ManagementFactory.getThreadMXBean().dumpAllThreads(true, true))
                .sorted(Comparator.comparing(ThreadInfo::getThreadName)).map(InsidePages::thread).toList();
    }

    private static Map<String, Object> thread(ThreadInfo info) {
        Map<String, Object> thread = new LinkedHashMap<>();
        thread.put("name", info.getThreadName());
        thread.put("state", info.getThreadState().name());
        if (info.getLockName() != null) {
            thread.put("waitsFor", info.getLockName());
        }
        if (info.getLockOwnerName() != null) {
            thread.put("heldBy", info.getLockOwnerName());
        }
        thread.put("stack", Arrays.stream(info.getStackTrace()).map(StackTraceElement::toString).toList());
        return thread;
    }

    private static JournalView members(GroupStanding group) {
        return new JournalView(true, group.self(), group.role(), group.leader(), group.term(), group.committedIndex(),
                group.lastIndex(), group.members().stream().map(one -> new JournalView.MemberView(one.name(),
                        one.identity(), one.isVoter(), one.isWithin(), one.heldIndex(), one.silentMs())).toList());
    }

    private static Map<String, Object> journal(Journal journal) {
        JournalCounters.Snapshot counters = journal.counters();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("id", journal.id().toString());
        page.put("followsAnother", journal.isSuccessor());
        page.put("problem", journal.problem().orElse(""));
        page.put("commits", counters.commits());
        page.put("events", counters.events());
        page.put("bytes", counters.bytes());
        page.put("refused", counters.refused());
        page.put("failed", counters.failed());
        page.put("segmentsBegun", counters.segmentsBegun());
        page.put("segmentsRemoved", counters.segmentsRemoved());
        page.put("commitP99Us", counters.commitP99Us());
        return page;
    }
}
