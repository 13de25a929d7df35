package org.mirrorlog.journal.raft.micro;

import org.mirrorlog.journal.raft.ByteReader;

/**
 * What an entry carries.
 *
 * @param command null: nothing; a new leader begins its term with that
 */
record Operation(byte[] command) {

    static final Operation NEW_TERM = new Operation(null);

    private static final int NOTHING = 0;
    private static final int COMMAND = 1;

    /** As stored and sent. */
    byte[] payload() {
        if (command == null) {
            return new byte[] {NOTHING};
        }
        byte[] payload = new byte[command.length + 1];
        payload[0] = COMMAND;
        System.arraycopy(command, 0, payload, 1, command.length);
        return payload;
    }

    static Operation of(byte[] payload) {
        ByteReader in = new ByteReader(payload);
        int kind = in.getByte();
        if (kind == NOTHING) {
            in.end();
            return NEW_TERM;
        } else if (kind != COMMAND) {
            throw new ByteReader.Malformed("an entry of kind " + kind);
        }
        return new Operation(in.rest());
    }

    /** About as many bytes as it takes in a store. */
    static int storedBytes(Object operation) {
        return operation instanceof Operation known && known.command() != null ? known.command().length + 64 : 64;
    }

    /** As the engine holds it; membership does not change yet. */
    static Operation cast(Object operation) {
        if (operation instanceof Operation known) {
            return known;
        }
        throw new IllegalStateException("an entry of type " + operation.getClass().getName());
    }
}
