package org.mirrorlog.journal.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** The bytes of commands and answers, as stored and sent: a version, a kind, then the fields in order. */
final class CommandCodec {

    static final int VERSION = 1;

    private static final int APPEND = 1;
    private static final int DELETE = 2;
    private static final int SAVE_SNAPSHOT = 3;
    private static final int DELETE_SNAPSHOTS = 4;
    private static final int REPLACE = 5;

    private static final int ACCEPTED = 1;
    private static final int REFUSED = 2;
    private static final int READABLE = 3;
    private static final int NOT_NOW = 4;
    private static final int UNKNOWN = 5;

    private CommandCodec() {
    }

    static byte[] encode(Command command) {
        ByteWriter out = new ByteWriter(256);
        out.putByte(VERSION);
        if (command instanceof Command.Append append) {
            out.putByte(APPEND).putText(append.log()).putLong(append.firstSequenceNr()).putText(append.writer());
            out.putInt(append.events().size());
            append.events().forEach(out::putBytes);
        } else if (command instanceof Command.Delete delete) {
            out.putByte(DELETE).putText(delete.log()).putLong(delete.toSequenceNr());
        } else if (command instanceof Command.SaveSnapshot save) {
            out.putByte(SAVE_SNAPSHOT).putText(save.log()).putLong(save.sequenceNr()).putLong(save.timestamp());
            out.putInt(save.part()).putInt(save.parts()).putBytes(save.bytes());
        } else if (command instanceof Command.DeleteSnapshots delete) {
            out.putByte(DELETE_SNAPSHOTS).putText(delete.log());
            out.putLong(delete.leastSequenceNr()).putLong(delete.mostSequenceNr());
            out.putLong(delete.leastTimestamp()).putLong(delete.mostTimestamp());
        } else if (command instanceof Command.Replace replace) {
            out.putByte(REPLACE).putText(replace.log()).putBytes(replace.seenText().getBytes(UTF_8));
            out.putLong(replace.seenRenewed()).putBytes(replace.text().getBytes(UTF_8)).putLong(replace.livingMs());
        }
        return out.toBytes();
    }

    /** @throws ByteReader.Malformed if they are no command that this program knows */
    static Command decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        checkVersion(in);
        Command command;
        try {
            command = command(in);
        } catch (IllegalArgumentException e) {
            throw new ByteReader.Malformed("a command that cannot be: " + e.getMessage());
        }
        in.end();
        return command;
    }

    private static Command command(ByteReader in) {
        int kind = in.getByte();
        return switch (kind) {
            case APPEND -> append(in);
            case DELETE -> new Command.Delete(in.getText(), in.getLong());
            case SAVE_SNAPSHOT -> new Command.SaveSnapshot(in.getText(), in.getLong(), in.getLong(), in.getInt(),
                    in.getInt(), in.getBytes());
            case DELETE_SNAPSHOTS -> new Command.DeleteSnapshots(in.getText(), in.getLong(), in.getLong(),
                    in.getLong(), in.getLong());
            case REPLACE -> new Command.Replace(in.getText(), new String(in.getBytes(), UTF_8), in.getLong(),
                    new String(in.getBytes(), UTF_8), in.getLong());
            default -> throw new ByteReader.Malformed("a command of kind " + kind);
        };
    }

    private static Command append(ByteReader in) {
        String log = in.getText();
        long first = in.getLong();
        String writer = in.getText();
        int count = in.count(Integer.BYTES);
        List<byte[]> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(in.getBytes());
        }
        return new Command.Append(log, first, writer, events);
    }

    static void write(ByteWriter out, Answer answer) {
        out.putByte(VERSION);
        if (answer instanceof Answer.Decided decided && decided.outcome() instanceof Outcome.Refused refused) {
            out.putByte(REFUSED).putLong(refused.head()).putText(refused.writer());
        } else if (answer instanceof Answer.Decided decided) {
            out.putByte(ACCEPTED).putLong(decided.outcome().head());
        } else if (answer instanceof Answer.Readable readable) {
            out.putByte(READABLE).putLong(readable.index());
        } else if (answer instanceof Answer.NotNow notNow) {
            out.putByte(NOT_NOW).putText(notNow.why());
        } else if (answer instanceof Answer.Unknown unknown) {
            out.putByte(UNKNOWN).putText(unknown.why());
        }
    }

    static Answer readAnswer(ByteReader in) {
        checkVersion(in);
        int kind = in.getByte();
        return switch (kind) {
            case ACCEPTED -> new Answer.Decided(new Outcome.Accepted(in.getLong()));
            case REFUSED -> new Answer.Decided(new Outcome.Refused(in.getLong(), in.getText()));
            case READABLE -> new Answer.Readable(in.getLong());
            case NOT_NOW -> new Answer.NotNow(in.getText());
            case UNKNOWN -> new Answer.Unknown(in.getText());
            default -> throw new ByteReader.Malformed("an answer of kind " + kind);
        };
    }

    private static void checkVersion(ByteReader in) {
        int version = in.getByte();
        if (version != VERSION) {
            throw new ByteReader.Malformed("version " + version + ", where this program knows " + VERSION);
        }
    }
}
