package org.mirrorlog.operations;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.mirrorlog.health.EventBook;
import org.mirrorlog.health.NewsLook;
import org.mirrorlog.instance.Phase;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.management.LogView;

/**
 * Has the {@link EventBook} told what has changed with tables, nodes and logs, by what is looked at for the health
 * anyway. Thread-safe.
 */
final class EventWatch {
    private final EventBook book;
    private final NewsLook look;
    private final Supplier<Map<String, NewsLook.State>> nodes;

    /**
     * @param node the name of this one
     * @param nodes the runs of machines' kernels that are known
     */
    EventWatch(EventBook book, String node, Supplier<Map<String, NewsLook.State>> nodes) {
        this.book = book;
        this.look = new NewsLook(node);
        this.nodes = nodes;
    }

    /** All tables of this machine, every few seconds; and the nodes. */
    synchronized void look(List<TableView> tables) {
        Map<String, Boolean> active = new HashMap<>();
        tables.forEach(table -> active.put("log " + table.key(), table.phase() == Phase.ACTIVE ? Boolean.TRUE
                : table.phase() == Phase.SUSPENDED ? Boolean.FALSE : null));
        book.addAll(look.tables(active));
        book.addAll(look.nodes(nodes.get()));
    }

    /** All logs of this machine, now and then. */
    synchronized void lookAtLogs(List<LogView> logs) {
        Map<String, NewsLook.Log> known = new HashMap<>();
        List<String> silent = new ArrayList<>();
        for (LogView log : logs) {
            String subject = "log " + log.uuid();
            if (log.silent() != null) {
                silent.add(subject);
            } else {
                known.put(subject, new NewsLook.Log(log.owner() == null ? "" : log.owner(), log.inSync(),
                        log.regionCount(), isInUse(log)));
            }
        }
        book.addAll(look.logs(known, silent));
    }

    /** By a mirror, of this node or another one. */
    static boolean isInUse(LogView log) {
        return log.instances().stream().anyMatch(table -> "active".equals(table.state()));
    }
}
