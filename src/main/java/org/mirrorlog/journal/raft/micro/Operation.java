package org.mirrorlog.journal.raft.micro;

import io.microraft.MembershipChangeMode;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.impl.DefaultRaftModelFactory;
import org.mirrorlog.journal.raft.ByteReader;
import org.mirrorlog.journal.raft.ByteWriter;

/**
 * What an entry carries, unless it changes the group: then it is the engine's own {@link UpdateRaftGroupMembersOp}.
 *
 * @param command null: nothing; a new leader begins its term with that
 */
record Operation(byte[] command) {

    static final Operation NEW_TERM = new Operation(null);

    private static final int NOTHING = 0;
    private static final int COMMAND = 1;
    private static final int GROUP = 2;
    private static final int LEARN = 1;
    private static final int PROMOTE = 2;
    private static final int REMOVE = 3;

    /** As stored and sent, of whatever an entry may carry. */
    static byte[] payload(Object operation) {
        if (operation instanceof UpdateRaftGroupMembersOp change) {
            return new ByteWriter(256).putByte(GROUP).putByte(number(change.getMode()))
                    .putText(Endpoint.name(change.getEndpoint())).putTexts(Endpoint.names(change.getMembers()))
                    .putTexts(Endpoint.names(change.getVotingMembers())).toBytes();
        }
        byte[] command = command(operation);
        if (command == null) {
            return new byte[] {NOTHING};
        }
        byte[] payload = new byte[command.length + 1];
        payload[0] = COMMAND;
        System.arraycopy(command, 0, payload, 1, command.length);
        return payload;
    }

    /** Reads what {@link #payload} wrote. */
    static Object of(byte[] payload) {
        ByteReader in = new ByteReader(payload);
        int kind = in.getByte();
        if (kind == COMMAND) {
            return new Operation(in.rest());
        }
        Object operation = switch (kind) {
            case NOTHING -> NEW_TERM;
            case GROUP -> new DefaultRaftModelFactory().createUpdateRaftGroupMembersOpBuilder().setMode(mode(in))
                    .setEndpoint(new Endpoint(in.getText())).setMembers(Endpoint.of(in.getTexts()))
                    .setVotingMembers(Endpoint.of(in.getTexts())).build();
            default -> throw new ByteReader.Malformed("an entry of kind " + kind);
        };
        in.end();
        return operation;
    }

    private static int number(MembershipChangeMode mode) {
        return switch (mode) {
            case ADD_LEARNER -> LEARN;
            case ADD_OR_PROMOTE_TO_FOLLOWER -> PROMOTE;
            case REMOVE_MEMBER -> REMOVE;
        };
    }

    private static MembershipChangeMode mode(ByteReader in) {
        int number = in.getByte();
        return switch (number) {
            case LEARN -> MembershipChangeMode.ADD_LEARNER;
            case PROMOTE -> MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER;
            case REMOVE -> MembershipChangeMode.REMOVE_MEMBER;
            default -> throw new ByteReader.Malformed("a change " + number + " of the group");
        };
    }

    /** About as many bytes as it takes in a store. */
    static int storedBytes(Object operation) {
        if (operation instanceof UpdateRaftGroupMembersOp) {
            return payload(operation).length + 64;
        }
        return operation instanceof Operation known && known.command() != null ? known.command().length + 64 : 64;
    }

    /** The command of an entry that does not change the group; null: none. */
    static byte[] command(Object operation) {
        if (operation instanceof Operation known) {
            return known.command();
        }
        throw new IllegalStateException("an entry of type " + operation.getClass().getName());
    }
}
