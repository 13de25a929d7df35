package org.mirrorlog.journal.raft.service;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.mirrorlog.FreePorts;

/** Settings of members on loopback, at ports that are free. */
final class Alone {

    private Alone() {
    }

    /** A group of one. */
    static Config config(String more) {
        List<String> members = members(1);
        return ConfigFactory.parseString(more + "\nakka.persistence.journal.plugin = mirrorlog.replicated.journal\n"
                + "akka.persistence.snapshot-store.plugin = mirrorlog.replicated.snapshots\n"
                + "mirrorlog.cluster.host = 127.0.0.1\nmirrorlog.replicated.members = [\"" + members.get(0) + "\"]\n"
                + "mirrorlog.replicated.port = " + members.get(0).replaceFirst(".*:", ""));
    }

    /** So many members, each at a port that is free now. */
    static List<String> members(int count) {
        return IntStream.range(0, count).mapToObj(i -> "127.0.0.1:" + FreePorts.take()).toList();
    }
}
