package org.mirrorlog.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.mirrorlog.FreePorts;
import org.mirrorlog.SharedJournal;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartWatch;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/**
 * Several daemons in this process that are one cluster over a journal in memory, each with a kernel that is played.
 * From 1.
 */
final class Daemons implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path dir;
    private final String name;
    private final List<String> endpoints = new ArrayList<>();
    private final List<Daemon> daemons = new ArrayList<>();
    private final String more;

    private Daemons(Path dir, String name, String more) {
        this.dir = dir;
        this.name = name;
        this.more = more;
    }

    /**
     * @param name of the journal, unlike that of other tests
     * @param more settings; NODE in them is the name of each
     */
    static Daemons start(Path dir, String name, int count, String more) throws Exception {
        Daemons all = new Daemons(dir, name, more);
        for (int i = 1; i <= count; i++) {
            all.endpoints.add("127.0.0." + i + ":" + FreePorts.take("127.0.0." + i));
        }
        try {
            for (int i = 1; i <= count; i++) {
                all.daemons.add(Daemon.start(all.settings(i)));
            }
            return all;
        } catch (Exception e) {
            all.close();
            throw e;
        }
    }

    private Settings settings(int i) {
        String[] endpoint = endpoints.get(i - 1).split(":");
        String seeds = endpoints.stream().map(e -> '"' + e + '"').collect(Collectors.joining(", "));
        return Settings.read(Settings.load(ConfigFactory.parseString(SharedJournal.CONFIG
                + "shared-journal.name = " + name + "\n"
                + "mirrorlog.node-name = node-" + i + ", mirrorlog.machine-id = machine-" + i + "\n"
                + "mirrorlog.data-dir = \"" + dir.resolve("data-" + i) + "\"\n"
                + "mirrorlog.kernel { connector = unix, boot-id = boot-" + i + ", unix-path = \"" + socket(i) + "\" }\n"
                + "mirrorlog.device.accept-regular-files = true\n"
                + "mirrorlog.cluster { host = \"" + endpoint[0] + "\", port = " + endpoint[1] + ", seeds = ["
                + seeds + "] }\n"
                + "mirrorlog.marks.lazy-clear = 0 s\n"
                // The first one starts the cluster after so long without an answer from the others.
                + "akka.cluster.seed-node-timeout = 500 ms\n"
                + "akka.management.http.port = 0\n" + more.replace("NODE", "node-" + i))), MachineIdentity.current());
    }

    Path socket(int i) {
        return dir.resolve("kernel-" + i);
    }

    /** Where orders are taken. */
    Path operators(int i) {
        return dir.resolve("data-" + i).resolve("operator.sock");
    }

    Daemon get(int i) {
        return daemons.get(i - 1);
    }

    /** Stops a daemon in order, whatever uses it. */
    void stop(int i) {
        get(i).close();
    }

    /** Starts it again, for the kernel that it had. */
    void restart(int i) throws StartException {
        daemons.set(i - 1, Daemon.start(settings(i)));
    }

    /** The same. */
    void restart(int i, StartWatch watch) throws StartException {
        daemons.set(i - 1, Daemon.start(settings(i), watch));
    }

    /** A table of the kernel behind that daemon. */
    PlainKernel table(int i, String uuid, long luid) throws IOException {
        return new PlainKernel(dir.resolve("table-" + i + '-' + luid + '-' + uuid.hashCode()), socket(i), uuid, luid);
    }

    /** Constructed and resumed. */
    PlainKernel resumed(int i, String uuid, String line) throws IOException {
        PlainKernel table = table(i, uuid, 7);
        table.construct(line);
        table.askWell(RequestType.RESUME, new byte[0]);
        return table;
    }

    JsonNode json(int i, String path) {
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(get(i).management().resolve(path)).build(),
                    HttpResponse.BodyHandlers.ofString());
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    JsonNode log(int i, String uuid) {
        return json(i, "/mirrorlog/logs/" + uuid);
    }

    String owner(int i, String uuid) {
        return log(i, uuid).path("owner").asText();
    }

    JsonNode counters(int i) {
        return json(i, "/mirrorlog/counters");
    }

    int commits(String uuid) {
        return SharedJournal.commits(name, "mirrorlog|" + uuid);
    }

    @Override
    public void close() {
        for (int i = daemons.size(); i > 0; i--) {
            daemons.get(i - 1).close();
        }
    }
}
