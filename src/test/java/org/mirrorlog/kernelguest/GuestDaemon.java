package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The daemon inside the guest, with the options of {@code deploy/run}: it opens its own netlink socket opposite the
 * guest's kernel. For an emulated processor the compiler is told to be quick rather than clever, and the heap is small.
 */
final class GuestDaemon {
    static final Path ROOT = Path.of("").toAbsolutePath();
    static final Path JAVA_HOME = realPath(Path.of(System.getProperty("java.home")));
    /** Some 100 s of processor time; several times that beside other work. */
    private static final Duration START_LIMIT = Duration.ofMinutes(15);
    private static final String LOG = "/run/daemon.log";

    private final KernelLab lab;

    /** A daemon for the guest of {@code lab}, which has been booted with the program inside. */
    GuestDaemon(KernelLab lab) {
        this.lab = lab;
        lab.inGuest("mkdir /program; mount -o ro " + lab.device("program") + " /program\n"
                + "for path in $(readlink /program/daemon) " + JAVA_HOME + "; do\n"
                + "  mkdir -p $(dirname $path); ln -s /program$path $path\n"
                + "done");
    }

    /** Starts it on the data directory of its last run, if there was one, and waits until it is ready. */
    GuestDaemon start() {
        lab.inGuest("cd $(readlink /program/daemon)\n"
                + JAVA_HOME + "/bin/java -Xms160m -Xmx160m -XX:+AlwaysPreTouch -XX:+UseSerialGC -Xss512k"
                + " -XX:TieredStopAtLevel=1 -XX:SharedArchiveFile=$PWD/mirrorlogd.jsa -Xlog:cds=off"
                + " -Xlog:cds+dynamic=off -Dmirrorlog.data-dir=/data -Dmirrorlog.kernel.connector=netlink"
                + " -Dakka.remote.artery.bind.bind-timeout=120s -jar $PWD/mirrorlogd.jar > " + LOG
                + " 2>&1 < /dev/null 3>&- &\n"
                + "until grep -q ' ready: ' " + LOG + "; do kill -0 $! || { cat " + LOG + "; exit 1; }; sleep 1; done",
                START_LIMIT);
        lab.awaitListeners("1");
        return this;
    }

    /** {@code kill -9}; returns when the kernel finds nobody listening. */
    void kill() {
        lab.inGuest("pkill -9 -x java");
        lab.awaitListeners("0");
    }

    /** What it has logged since its last start. */
    String log() {
        return lab.inGuest("cat " + LOG);
    }

    private static Path realPath(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new IllegalStateException("no Java in " + path, e);
        }
    }
}
