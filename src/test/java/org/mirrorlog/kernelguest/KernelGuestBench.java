package org.mirrorlog.kernelguest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * How fast a real kernel writes on our log, beside the kernel's own in-memory log in the same guest. A benchmark and
 * not a test: it runs only when asked for by name, measures, and judges nothing. Figures under TCG compare within one
 * run only.
 */
class KernelGuestBench extends KernelGuestTest {
    private static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(256 * 2048, 1024);
    private static final int PINGS = 2000;
    private static final Duration FIO_LIMIT = Duration.ofSeconds(120);
    private static final String FIO = "fio --name=bench --filename=/dev/mapper/m --direct=1 --ioengine=libaio --bs=4k"
            + " --rw=randwrite --iodepth=1 --size=256m --time_based --ramp_time=3 --runtime=10 --output-format=json";
    private static final Path REPORT = Path.of("target/kernel-guest/bench.txt");

    private final List<String> report = new ArrayList<>();

    @Test
    void measure() throws IOException {
        openLab("bench").disk("leg0", GEOMETRY.bytes()).disk("leg1", GEOMETRY.bytes()).sharedDisk("log", MIB);
        lab().boot().startDaemonAlone();
        say("4 KiB random writes, queue depth 1, 256 MiB mirror, regions of 512 KiB, guest under TCG");
        say("through the relay to the daemon and back: " + lab().inGuest("relay ping $RELAY_PORT " + PINGS));
        lab().startRelay();
        say(String.format("%-34s %10s %10s %10s %10s", "log", "writes/s", "p50 us", "p99 us", "p99.9 us"));
        warmUp();
        measure("core (the kernel's own)", table("core", false));
        for (String type : List.of("clustered-core", "clustered-disk")) {
            measure(type, table(type, false));
            measure(type + ", integrated_flush", table(type, true));
        }
        Files.write(REPORT, report);
    }

    private MirrorTable table(String type, boolean integratedFlush) {
        String uuid = "BENCH-" + type + (integratedFlush ? "-integrated" : "");
        return new MirrorTable(uuid, type, integratedFlush, lab().device("log"), "nosync", GEOMETRY, legs());
    }

    /** A daemon that has run for a minute is what stands in a machine room: its hot code is compiled. */
    private void warmUp() {
        for (String type : List.of("clustered-core", "clustered-disk")) {
            lab().inGuest("dmsetup create m --table '" + table(type, false).line() + "'");
            lab().inGuest(FIO, FIO_LIMIT);
            lab().inGuest("dmsetup remove m");
        }
    }

    private void measure(String name, MirrorTable table) throws IOException {
        lab().inGuest("dmsetup create m --table '" + table.line() + "'");
        String json = lab().inGuest(FIO, FIO_LIMIT);
        lab().inGuest("dmsetup remove m");
        JsonNode write = new ObjectMapper().readTree(json.substring(json.indexOf('{'))).at("/jobs/0/write");
        say(String.format(Locale.ROOT, "%-34s %10.0f %10.0f %10.0f %10.0f", name, write.at("/iops").asDouble(),
                percentileUs(write, "50.000000"), percentileUs(write, "99.000000"), percentileUs(write, "99.900000")));
    }

    private static double percentileUs(JsonNode write, String percentile) {
        return write.at("/clat_ns/percentile").get(percentile).asDouble() / 1000;
    }

    private void say(String line) {
        report.add(line);
        System.out.println(line);
    }
}
