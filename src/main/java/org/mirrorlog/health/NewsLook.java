package org.mirrorlog.health;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Finds out what has happened, by what has changed since the last look: what came and went in between is not noticed.
 * Remembers no more than there was at the last look. Tables, nodes and logs by their names as subjects of events. For
 * one thread at a time, each of the three.
 */
public final class NewsLook {
    private final String node;
    private Map<String, Boolean> tables = Map.of();
    private Map<String, State> nodes = Map.of();
    private Map<String, Log> logs = Map.of();

    /**
     * How a node is.
     *
     * @param kind one of the kinds that begin with NODE
     * @param says for people, to go on from its name
     */
    public record State(EventKind kind, String says) { }

    /**
     * How a log is.
     *
     * @param owner the node where its owner runs; empty if that is not known now
     * @param inSync of so many regions
     * @param isInUse whether a mirror uses it: only then a resync begins
     */
    public record Log(String owner, long inSync, long regions, boolean isInUse) {
        private boolean isResyncing(Log before) {
            return inSync < regions && (isInUse || before != null && before.inSync < before.regions);
        }

        /** What is not known now, or does not count yet, is as before. */
        private Log since(Log before) {
            String known = owner.isEmpty() && before != null ? before.owner : owner;
            return isResyncing(before) ? new Log(known, inSync, regions, true)
                    : new Log(known, regions, regions, isInUse);
        }
    }

    /** @param node the name of this one */
    public NewsLook(String node) {
        this.node = node;
    }

    /**
     * Tables that came, went, were resumed or suspended.
     *
     * @param active by table whether it is; null while it is on its way from one to the other
     */
    public List<News> tables(Map<String, Boolean> active) {
        Map<String, Boolean> now = new TreeMap<>();
        active.forEach((table, isActive) -> now.put(table, isActive != null ? isActive
                : tables.getOrDefault(table, false)));
        List<News> news = changes(tables, now, (before, is) -> before == null
                ? News.of(EventKind.TABLE_CAME, "", is ? "its mirror is in use" : "its mirror is suspended")
                : is ? News.of(EventKind.TABLE_ACTIVE, "", "its mirror was resumed")
                : News.of(EventKind.TABLE_SUSPENDED, "", "its mirror was suspended"));
        tables.keySet().stream().filter(table -> !now.containsKey(table)).forEach(table ->
                news.add(News.of(EventKind.TABLE_GONE, table, "its kernel has no such table any more")));
        tables = now;
        return news;
    }

    /** Nodes whose state is another one than before. */
    public List<News> nodes(Map<String, State> states) {
        List<News> news = changes(nodes, states, (before, is) -> before != null && before.kind() == is.kind() ? null
                : News.of(is.kind(), "", "it " + is.says()));
        nodes = Map.copyOf(states);
        return news;
    }

    /**
     * Owners that run elsewhere than before, resyncs that began and ended.
     *
     * @param all that this machine uses and whose owners answer
     * @param silent those whose owners do not: they are as before
     */
    public List<News> logs(Map<String, Log> all, List<String> silent) {
        Map<String, Log> now = new HashMap<>();
        silent.stream().filter(logs::containsKey).forEach(log -> now.put(log, logs.get(log)));
        all.forEach((log, is) -> now.put(log, is.since(logs.get(log))));
        List<News> news = changes(logs, now, this::ownerNews);
        news.addAll(changes(logs, now, NewsLook::resyncNews));
        logs = now;
        return news;
    }

    private News ownerNews(Log before, Log is) {
        String former = before == null ? "" : before.owner();
        if (is.owner().isEmpty() || is.owner().equals(former)) {
            return null;
        }
        String since = former.isEmpty() ? "" : ", before on " + (former.equals(node) ? "this one" : former);
        return is.owner().equals(node) ? News.of(EventKind.OWNER_HERE, "", "its owner runs on this node" + since)
                : News.of(EventKind.OWNER_ELSEWHERE, "", "its owner runs on node " + is.owner() + since);
    }

    private static News resyncNews(Log before, Log is) {
        boolean was = before != null && before.inSync() < before.regions();
        boolean isNow = is.inSync() < is.regions();
        if (was == isNow) {
            return null;
        }
        return isNow ? News.of(EventKind.RESYNC_BEGAN, "", is.regions() - is.inSync() + " of " + is.regions()
                        + " regions are out of sync")
                : News.of(EventKind.RESYNC_ENDED, "", "all " + is.regions() + " regions are in sync");
    }

    /** In the order of their names; null is no news. */
    private static <T> List<News> changes(Map<String, T> before, Map<String, T> now, BiFunction<T, T, News> news) {
        Stream<News> all = new TreeMap<>(now).entrySet().stream()
                .filter(one -> !one.getValue().equals(before.get(one.getKey())))
                .map(one -> {
                    News told = news.apply(before.get(one.getKey()), one.getValue());
                    return told == null ? null : new News(told.kind(), told.severity(), one.getKey(), told.code(),
                            told.says());
                }).filter(Objects::nonNull);
        return new ArrayList<>(all.toList());
    }
}
