package org.mirrorlog.journal.raft.micro;

import io.microraft.impl.statemachine.InternalCommitAware;
import io.microraft.statemachine.StateMachine;
import java.util.List;
import java.util.function.Consumer;
import org.mirrorlog.journal.raft.Checkpoints;
import org.mirrorlog.journal.raft.Machine;

/**
 * The state machine as the engine wants it. The engine takes an exception for an answer and goes on; here it is the end
 * of the member, since it would have to differ from the others.
 */
final class AppliedEntries implements StateMachine, InternalCommitAware {

    /** A question that needs no answer but its place. */
    static final Object WHERE = new Object();

    private final Machine machine;
    private final FailStopStore store;
    private final int partBytes;

    AppliedEntries(Machine machine, FailStopStore store, int partBytes) {
        this.machine = machine;
        this.store = store;
        this.partBytes = partBytes;
    }

    /** About as many bytes as a checkpoint would take. */
    long checkpointBytes() {
        return machine.checkpointBytes();
    }

    @Override
    public Object runOperation(long commitIndex, Object operation) {
        if (operation == WHERE || store.hasFailed()) {
            return null;
        }
        try {
            byte[] command = Operation.command(operation);
            if (command != null) {
                return machine.apply(commitIndex, command);
            }
            machine.skip(commitIndex);
            return null;
        } catch (RuntimeException | Error e) {
            store.fail(e);
            return null;
        }
    }

    /** The group was changed. */
    @Override
    public void onInternalCommit(long commitIndex) {
        if (!store.hasFailed()) {
            try {
                machine.skip(commitIndex);
            } catch (RuntimeException | Error e) {
                store.fail(e);
            }
        }
    }

    @Override
    public void takeSnapshot(long commitIndex, Consumer<Object> parts) {
        try {
            Checkpoints.cut(machine.checkpoint(), partBytes).forEach(parts);
        } catch (RuntimeException | Error e) {
            store.fail(e);
            throw e;
        }
    }

    @Override
    public void installSnapshot(long commitIndex, List<Object> parts) {
        try {
            machine.replace(Checkpoints.whole(parts.stream().map(part -> (byte[]) part).toList()));
        } catch (RuntimeException | Error e) {
            store.fail(e);
        }
    }

    @Override
    public Object getNewTermOperation() {
        return Operation.NEW_TERM;
    }
}
