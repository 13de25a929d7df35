package org.mirrorlog.simulation;

import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.InstanceRecord;
import org.mirrorlog.instance.Memory;
import org.mirrorlog.instance.RecordChange;

/** An instance's record: survives its daemon, not its machine. */
final class SurvivingRecord implements InstanceRecord {
    private final Simulation sim;
    private final Machine machine;
    private final InstanceKey key;
    private final String constructor;
    private Memory memory;

    SurvivingRecord(Simulation sim, Machine machine, InstanceKey key, String constructor, Memory memory) {
        this.sim = sim;
        this.machine = machine;
        this.key = key;
        this.constructor = constructor;
        this.memory = memory;
        sim.trace().add(machine.name(), "creates the record of", key, memory);
        tellIfLost(memory);
    }

    private void tellIfLost(Memory remembered) {
        if (remembered.session() < 0) {
            sim.mirror(key.uuid()).checkers().recordLost(machine, key.luid());
        }
    }

    String constructor() {
        return constructor;
    }

    Memory memory() {
        return memory;
    }

    @Override
    public void append(RecordChange change) {
        sim.trace().add(machine.name(), "records", key, change);
        if (change instanceof RecordChange.Whole whole) {
            tellIfLost(whole.memory());
        }
        if (!Holes.isForgotten(sim, change)) {
            memory = memory.after(change);
        }
    }

    @Override
    public Memory readAnew() {
        return memory;
    }

    @Override
    public void destroy() {
        machine.records().remove(key, this);
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
