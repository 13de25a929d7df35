package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.cli.Ctl;
import org.mirrorlog.protocol.RequestType;

/** A node leaves, comes and is replaced, by the commands of docs/operations.md, "Nodes that come and go". */
@Tag("slow")
@Timeout(300)
class NodeLifeTest {
    private static final String LINE = "10240 clustered-core 1024 nosync";
    private static final byte[] NOTHING = {};

    @TempDir
    private Path dir;
    private Daemons daemons;

    /** What a section has {@code mirrorlogctl} do, in order. */
    private static List<String[]> commands(String section) throws Exception {
        String page = Files.readString(Path.of("docs/operations.md"));
        int begin = page.indexOf("### " + section + "\n");
        assertTrue(begin > 0, section);
        return page.substring(begin, page.indexOf("\n#", begin + 1)).lines()
                .filter(line -> line.startsWith("    mirrorlogctl "))
                .map(line -> line.strip().replaceFirst(" +#.*", "").split(" +"))
                .map(words -> Arrays.copyOfRange(words, 1, words.length)).toList();
    }

    private Ctl.Ended at(int node, String... words) {
        return Ctl.run(Map.of("MIRRORLOG_URL", daemons.get(node).management().toString()), words);
    }

    private void does(int node, String... words) {
        Ctl.Ended ended = at(node, words);
        assertEquals(0, ended.status(), () -> String.join(" ", words) + ": " + ended);
    }

    /** Repeats it until a node is listed so; returns the line and those before it, without the heading. */
    private List<String> awaitListed(int asked, String[] nodes, String node, String state) {
        String[] listed = {""};
        await(node + " to be " + state).atMost(90, TimeUnit.SECONDS).pollInterval(1, TimeUnit.SECONDS).until(() -> {
            listed[0] = at(asked, nodes).out();
            return rows(listed[0]).anyMatch(row -> row.matches(node + " +\\S+ +" + state + " .*"));
        });
        return rows(listed[0]).toList();
    }

    private static Stream<String> rows(String listed) {
        return listed.lines().filter(line -> line.startsWith("node-"));
    }

    private PlainKernel inUse(int node) throws Exception {
        PlainKernel table = daemons.resumed(node, "LVM-life", LINE);
        table.askWell(RequestType.MARK_REGION, PlainKernel.words(3));
        table.askWell(RequestType.FLUSH, NOTHING);
        return table;
    }

    @Test
    void shouldBeRemovedAddedAndReplacedAsThePageSays() throws Exception {
        daemons = Daemons.start(dir, "node-life", 3, "");
        try {
            List<String[]> removing = commands("Removing a node");
            try (PlainKernel table = inUse(3)) {
                does(3, removing.get(0));
                table.askWell(RequestType.PRESUSPEND, NOTHING);
                table.askWell(RequestType.POSTSUSPEND, NOTHING);
                table.askWell(RequestType.DTR, NOTHING);
            }
            daemons.stop(3);
            awaitListed(1, removing.get(1), "node-3", "stopped");

            daemons.restart(3);
            for (String node : List.of("node-1", "node-2", "node-3")) {
                awaitListed(3, commands("Adding a node").get(0), node, "up");
            }

            List<String[]> replacing = commands("Replacing a node");
            try (PlainKernel one = inUse(1); PlainKernel lost = inUse(3)) {
                lost.askWell(RequestType.STATUS_INFO, NOTHING);
                daemons.stop(3);
                List<String> listed = awaitListed(1, replacing.get(0), "node-3", "undecided");
                assertTrue(listed.get(0).startsWith("node-3 "), "first: " + listed);
                one.askWell(RequestType.STATUS_INFO, NOTHING);

                await("health says so").atMost(60, TimeUnit.SECONDS)
                        .until(() -> at(1, "health").out().contains("NODE_REMOVED_NOT_FENCED"));
                assertEquals(4, at(1, "health").status());
                assertEquals(4, at(1, "status").status());
                does(1, replacing.get(1));
                awaitListed(1, replacing.get(2), "node-3", "dead");
            }
            await("nothing is left to decide").atMost(60, TimeUnit.SECONDS)
                    .until(() -> !at(1, "health").out().contains("NODE_REMOVED_NOT_FENCED"));
        } finally {
            daemons.close();
        }
    }
}
