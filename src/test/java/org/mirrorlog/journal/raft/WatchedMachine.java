package org.mirrorlog.journal.raft;

import java.util.function.Supplier;

/** A member's ledger, under the eyes of the checks, and with those holes that lie in it. */
final class WatchedMachine implements Machine {

    private final String name;
    private final Machine machine;
    private final RaftWorld world;
    private final Supplier<Ledger> ledger;

    WatchedMachine(String name, Machine machine, RaftWorld world, Supplier<Ledger> ledger) {
        this.name = name;
        this.machine = machine;
        this.world = world;
        this.ledger = ledger;
    }

    @Override
    public Outcome apply(long index, byte[] command) {
        byte[] changed = world.hole() == Hole.HEAD_DELETED ? withoutHead(command) : command;
        Outcome outcome = machine.apply(index, changed);
        world.histories().applied(name, index, command, outcome);
        return outcome;
    }

    /** Under another name a log begins anew, as one does that was forgotten. */
    private byte[] withoutHead(byte[] command) {
        Command decoded = CommandCodec.decode(command);
        String log = world.nameIn(ledger.get(), decoded.log());
        return decoded instanceof Command.Append append ? CommandCodec.encode(new Command.Append(log,
                append.firstSequenceNr(), append.writer(), append.events())) : decoded instanceof Command.Delete delete
                ? CommandCodec.encode(new Command.Delete(log, delete.toSequenceNr())) : command;
    }

    @Override
    public void skip(long index) {
        machine.skip(index);
    }

    @Override
    public byte[] checkpoint() {
        byte[] bytes = machine.checkpoint();
        world.histories().ledger(name, ledger.get().appliedIndex(), bytes);
        return bytes;
    }

    @Override
    public void replace(byte[] checkpoint) {
        machine.replace(checkpoint);
        world.histories().ledger(name, ledger.get().appliedIndex(), checkpoint);
        world.installed();
    }

    @Override
    public long checkpointBytes() {
        return machine.checkpointBytes();
    }
}
