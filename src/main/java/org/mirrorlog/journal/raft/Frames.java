package org.mirrorlog.journal.raft;

/** What members send each other: a version and a kind, then the rest. */
final class Frames {

    static final int VERSION = 1;

    static final int ENGINE = 1;
    static final int PROPOSE = 2;
    static final int CONFIRM = 3;
    static final int ANSWER = 4;
    static final int REPLACE = 5;

    private Frames() {
    }

    static byte[] engine(byte[] message) {
        return new ByteWriter(message.length + 2).putByte(VERSION).putByte(ENGINE).putRaw(message).toBytes();
    }

    static byte[] propose(long number, byte[] command) {
        return new ByteWriter(command.length + 16).putByte(VERSION).putByte(PROPOSE).putLong(number).putRaw(command)
                .toBytes();
    }

    static byte[] confirm(long number) {
        return new ByteWriter(16).putByte(VERSION).putByte(CONFIRM).putLong(number).toBytes();
    }

    static byte[] replace(long number, String successor, long membersIndex) {
        return new ByteWriter(64).putByte(VERSION).putByte(REPLACE).putLong(number).putText(successor)
                .putLong(membersIndex).toBytes();
    }

    static byte[] answer(long number, Answer answer) {
        ByteWriter out = new ByteWriter(64).putByte(VERSION).putByte(ANSWER).putLong(number);
        CommandCodec.write(out, answer);
        return out.toBytes();
    }
}
