package org.mirrorlog.door;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The connections of a door, oldest first. Of its thread only. */
final class Connections {
    private final Set<Connection> all = new LinkedHashSet<>();

    void add(Connection connection) {
        all.add(connection);
    }

    void remove(Connection connection) {
        all.remove(connection);
    }

    boolean contains(Connection connection) {
        return all.contains(connection);
    }

    int size() {
        return all.size();
    }

    /** Who makes room: of the peer with the most, who has asked least; of those the oldest. */
    Optional<Connection> victim() {
        Map<String, Long> ofPeer =
                all.stream().collect(Collectors.groupingBy(Connection::peer, Collectors.counting()));
        return all.stream().min(Comparator.comparing((Connection connection) -> -ofPeer.get(connection.peer()))
                .thenComparing(Connection::stage));
    }

    /** Those whose answer goes on. */
    List<Connection> followers() {
        return all.stream().filter(one -> one.stage() == Connection.Stage.FOLLOWING).toList();
    }

    /** Those that have not done in time what they were to do. */
    List<Connection> late(long nowNs) {
        return all.stream().filter(one -> one.isLate(nowNs)).toList();
    }

    void close() {
        all.forEach(Connection::close);
    }
}
