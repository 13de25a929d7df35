package org.mirrorlog.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.emulator.EmulatedDevice;
import org.mirrorlog.emulator.MirrorTable;
import org.mirrorlog.log.LogState;

/** One mirror that every machine may use: its log, its legs, its log device, its users, and those who watch it. */
final class Mirror {
    private static final int LEGS = 2;
    private static final int SECTORS = 128;

    private final Simulation sim;
    private final String uuid;
    private final Plan.Shape shape;
    private final Storage storage;
    private final LogDisk disk = new LogDisk();
    private final Map<Machine, Storage.View> legs = new LinkedHashMap<>();
    private final Workload workload;
    private final Checkers checkers;

    Mirror(Simulation sim, String uuid, Plan.Shape shape) {
        this.sim = sim;
        this.uuid = uuid;
        this.shape = shape;
        this.storage = new Storage(LEGS, SECTORS, shape.isNosync());
        this.workload = new Workload(sim, this);
        this.checkers = new Checkers(sim, this);
    }

    /** The uuid of its log. */
    String uuid() {
        return uuid;
    }

    Plan.Shape shape() {
        return shape;
    }

    Storage storage() {
        return storage;
    }

    LogDisk disk() {
        return disk;
    }

    Workload workload() {
        return workload;
    }

    Checkers checkers() {
        return checkers;
    }

    /** What the journal really holds of its log. */
    LogState truth() {
        return sim.journal().truth(uuid);
    }

    /** The legs as this machine sees them. */
    Storage.View legs(Machine machine) {
        return legs.computeIfAbsent(machine, key -> storage.new View());
    }

    /** The mapped device of this machine's kernel, which must be up. */
    EmulatedDevice device(Machine machine) {
        return machine.kernel().device(uuid, legs(machine));
    }

    /** The table as it is written now. */
    MirrorTable table(int regions, int regionSizeSectors) {
        long length = (long) regions * regionSizeSectors - (regionSizeSectors > 2 ? 1 : 0);
        MirrorTable table = shape.isDisk() ? MirrorTable.disk(uuid, length, "254:3", regionSizeSectors)
                : MirrorTable.core(uuid, length, regionSizeSectors);
        table = shape.isNosync() ? table.withOption("nosync") : table;
        table = shape.isIntegratedFlush() ? table.withIntegratedFlush() : table;
        return shape.isHandlingErrors() ? table.withHandleErrors() : table;
    }

    @Override
    public String toString() {
        return uuid;
    }
}
