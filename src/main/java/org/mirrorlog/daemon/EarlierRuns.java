package org.mirrorlog.daemon;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.instance.ServedBoots;
import org.mirrorlog.logging.Incidents;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which earlier runs of this machine's kernel are over: what its data directory has served before, unless something
 * says that this may have been another machine (D16). Thread-safe.
 */
final class EarlierRuns {
    private static final Logger LOG = LoggerFactory.getLogger(EarlierRuns.class);

    private final ServedBoots boots;
    private final boolean isProof;
    private volatile boolean isShared;
    private volatile boolean isTold;

    private EarlierRuns(ServedBoots boots, boolean isProof) {
        this.boots = boots;
        this.isProof = isProof;
    }

    /**
     * Reads what the data directory has served, and adds the run that it serves now.
     *
     * @throws StartException that cannot be made durable
     */
    static EarlierRuns open(Settings settings) throws StartException {
        try {
            ServedBoots boots = ServedBoots.open(settings.dataDir(), new ServedBoots.Own(
                    settings.machineId(), settings.nodeName(), settings.kernel().bootId()));
            if (settings.machineId().isEmpty() && settings.newBootProvesDeath()) {
                LOG.warn("this machine has no /etc/machine-id: after a crash somebody has to say that its former run is"
                        + " over (mirrorlogctl fence-confirm), unless mirrorlog.machine-id says which machine it is");
            }
            return new EarlierRuns(boots, settings.newBootProvesDeath());
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: the runs of this machine's kernel cannot be noted there: "
                    + e, e);
        }
    }

    /** The number of this daemon start. Throws IOException where it cannot be made durable. */
    long nextStart(RecordDirectory records) throws IOException {
        return records.nextStart(MachineIdentity.uptimeMs(), boots);
    }

    /** Boot ids, newest first; empty where nothing is certain. */
    List<String> known() {
        return isProof && !isShared ? boots.former() : List.of();
    }

    /**
     * As {@link #known()}, once more each time.
     *
     * @param others nodes that have this machine's id
     */
    Supplier<List<String>> unlessSharedWith(Supplier<List<NodeIdentity>> others) {
        return () -> others.get().isEmpty() ? known() : List.of();
    }

    /** Keeps in mind, also over restarts, that another node has this machine's id. Writes to a disk. */
    void look(List<NodeIdentity> others, Incidents incidents) {
        if (others.isEmpty()) {
            return;
        }
        isShared = true;
        if (isProof && !isTold) {
            isTold = true;
            LOG.warn("node {} has the machine id of this one: after a crash somebody has to say that the former run of"
                    + " either is over (mirrorlogctl fence-confirm); give each machine an /etc/machine-id of its own,"
                    + " or a mirrorlog.machine-id", others.get(0).node());
        }
        try {
            boots.share();
        } catch (IOException e) {
            incidents.warn("(all)", "that another node has this machine's id cannot be kept, and is forgotten with this"
                    + " daemon: " + e.getMessage());
        }
    }
}
