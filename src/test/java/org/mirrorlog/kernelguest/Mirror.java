package org.mirrorlog.kernelguest;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** A mirror in the guest, handled as an administrator does: with dmsetup and fio. */
final class Mirror {
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(240);

    private final KernelLab lab;
    private final String name;
    private final MirrorTable table;
    private final List<String> legNumbers;

    private Mirror(KernelLab lab, String name, MirrorTable table) {
        this.lab = lab;
        this.name = name;
        this.table = table;
        this.legNumbers = lab.inGuest("stat -Lc %Hr:%Lr " + String.join(" ", table.legs())).lines()
                .collect(Collectors.toList());
    }

    static Mirror create(KernelLab lab, String name, MirrorTable table) {
        lab.inGuest("dmsetup create " + name + " --table '" + table.line() + "'");
        return new Mirror(lab, name, table);
    }

    MirrorTable table() {
        return table;
    }

    String name() {
        return name;
    }

    /** The kernel's status line. */
    String status() {
        return lab.inGuest("dmsetup status " + name);
    }

    /** The status line that protocol.md 4.3 demands of a healthy mirror with all regions in sync. */
    String statusInSync() {
        int regions = table.geometry().regions();
        StringBuilder line = new StringBuilder("0 ").append(table.geometry().sectors()).append(" mirror ")
                .append(table.legs().size());
        legNumbers.forEach(leg -> line.append(' ').append(leg));
        return line.append(' ').append(regions).append('/').append(regions).append(" 1 AA ")
                .append(logStatus()).toString();
    }

    /**
     * The line that the kernel must show as the active table: as it was given, with the legs' numbers for their names.
     */
    String tableInForce() {
        return table.withLegs(legNumbers).line();
    }

    private String logStatus() {
        return table.hasDisk() ? "3 clustered-disk " + lab.loop("log").majorMinor() + " A" : "1 clustered-core";
    }

    /** Waits for the resync to reach every region. */
    void awaitInSync() {
        int regions = table.geometry().regions();
        lab.inGuest("until dmsetup status " + name + " | grep -q ' " + regions + "/" + regions
                + " '; do sleep 0.1; done", SYNC_LIMIT);
    }

    void suspend() {
        lab.inGuest("dmsetup suspend " + name);
    }

    void resume() {
        lab.inGuest("dmsetup resume " + name);
    }

    /** Loads the same line once more: a second instance (luid), which becomes active at suspend and resume. */
    void load() {
        lab.inGuest("dmsetup load " + name + " --table '" + table.line() + "'");
    }

    void remove() {
        lab.inGuest("dmsetup remove " + name);
    }

    /** Starts fio on the mirror, with data that carries its own checksum. */
    CompletableFuture<GuestResult> startFio(String options) {
        return lab.startInGuest(fio(options));
    }

    /** Runs fio on the mirror to its end; its summary, or AssertionError if a byte is wrong. */
    String fio(Duration limit, String options) {
        return lab.inGuest(fio(options), limit);
    }

    private String fio(String options) {
        return "fio --name=" + name + " --filename=/dev/mapper/" + name + " --direct=1 --ioengine=libaio --bs=4k"
                + " --verify=crc32c --verify_fatal=1 --randrepeat=1 --randseed=4711 --allow_file_create=0 " + options;
    }
}
