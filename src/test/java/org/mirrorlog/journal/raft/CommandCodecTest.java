package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes of commands and answers: they are stored and sent, and never change. */
class CommandCodecTest {

    private static final List<Command> COMMANDS = List.of(
            new Command.Append("log", 5, "node", List.of(new byte[] {1, 2}, new byte[0])),
            new Command.Delete("log", 9),
            new Command.SaveSnapshot("log", 9, 3, 1, 2, new byte[] {7}),
            new Command.DeleteSnapshots("log", 1, 2, 3, 4));
    private static final List<Answer> ANSWERS = List.of(new Answer.Decided(new Outcome.Accepted(3)),
            new Answer.Decided(new Outcome.Refused(4, "node")), new Answer.Readable(5), new Answer.NotNow("no"),
            new Answer.Unknown("lost"));

    @Test
    void shouldReadWhatItWrote() {
        for (Command command : COMMANDS) {
            byte[] bytes = CommandCodec.encode(command);
            assertArrayEquals(bytes, CommandCodec.encode(CommandCodec.decode(bytes)), command.toString());
        }
        for (Answer answer : ANSWERS) {
            ByteWriter out = new ByteWriter(16);
            CommandCodec.write(out, answer);
            assertEquals(answer, CommandCodec.readAnswer(new ByteReader(out.toBytes())));
        }
    }

    @Test
    void shouldKeepItsBytes() {
        assertEquals("0101" + "03006c6f67" + "0500000000000000" + "04006e6f6465" + "02000000" + "020000000102"
                + "00000000", HexFormat.of().formatHex(CommandCodec.encode(COMMANDS.get(0))));
        assertEquals("0102" + "03006c6f67" + "0900000000000000",
                HexFormat.of().formatHex(CommandCodec.encode(COMMANDS.get(1))));
    }

    @Test
    void shouldRefuseWhatIsNone() {
        for (Command command : COMMANDS) {
            byte[] bytes = CommandCodec.encode(command);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(ByteReader.Malformed.class, () -> CommandCodec.decode(cut));
            }
            byte[] other = bytes.clone();
            other[0] = 2;
            assertThrows(ByteReader.Malformed.class, () -> CommandCodec.decode(other));
        }
    }

    /** Whole, and still nothing that can be applied. */
    @Test
    void shouldRefuseWhatCannotBe() {
        for (String hex : List.of(
                "0101" + "03006c6f67" + "0000000000000000" + "04006e6f6465" + "01000000" + "0100000001",
                "0101" + "03006c6f67" + "0500000000000000" + "04006e6f6465" + "00000000",
                "0103" + "03006c6f67" + "0500000000000000" + "0300000000000000" + "02000000" + "02000000"
                        + "0100000007")) {
            assertThrows(ByteReader.Malformed.class, () -> CommandCodec.decode(HexFormat.of().parseHex(hex)), hex);
        }
    }
}
