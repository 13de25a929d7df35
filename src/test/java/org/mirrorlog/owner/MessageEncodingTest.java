package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.javadsl.Adapter;
import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;

/** Messages between machines as bytes: each version for ever. */
class MessageEncodingTest {
    private static final ActorTestKit KIT = ActorTestKit.create("messages",
            ConfigFactory.parseString("akka.actor.provider = local").withFallback(ConfigFactory.defaultReference())
            .resolve());
    private static final InstanceId A = new InstanceId("boot-a", 0x10);
    private static final RegionSet SOME = RegionSet.of(3, 64, 4096);

    private final MessageSerializer serializer =
            new MessageSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));
    private final ActorRef<FromOwner> somebody = KIT.<FromOwner>createTestProbe("somebody").getRef();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    private Object read(String manifest, String hex) throws NotSerializableException {
        return serializer.fromBinary(HexFormat.of().parseHex(hex), manifest);
    }

    private void assertBytes(String manifest, String hex, Object message) throws NotSerializableException {
        assertEquals(manifest, serializer.manifest(message));
        assertEquals(hex, HexFormat.of().formatHex(serializer.toBinary(message)));
        assertEquals(message, read(manifest, hex));
    }

    @Test
    void shouldKeepTheBytesOfNotices() throws NotSerializableException {
        assertBytes("G1", "04004c564d2d0600626f6f742d6110000000000000000cf001fc7d03",
                new Notice.GiveUp("LVM-", A, SOME));
        assertBytes("W1", "04004c564d2d0600626f6f742d611000000000000000", new Notice.Wake("LVM-", A));
        assertBytes("V1", "04004c564d2d0600626f6f742d611000000000000000", new Notice.Reactivate("LVM-", A));
    }

    @Test
    void shouldKeepTheBytesOfAnswers() throws NotSerializableException {
        String golden =
                "04004c564d2d0600626f6f742d6110000000000000000500000000000000060000000000000007000000000000000800"
                + "000000000000090000000000000002000000000000004102";

        assertBytes("R1", golden + "0a00000000000000",
                new RoundAnswer("LVM-", A, 5, 6, 7, 10, 8, 9, 2, DeviceHealth.ALIVE, new Answer.Done()));
        assertEquals(new RoundAnswer("LVM-", A, 5, 6, 7, 0, 8, 9, 2, DeviceHealth.ALIVE, new Answer.Done()),
                read("R1", golden), "of a build that names no term");
    }

    @Test
    void shouldReadARoundOfVersion1AsOfAnInstanceWithItsDeviceOpen() throws NotSerializableException {
        Round round = new Round("LVM-", A, "node1", 5, 7, 6, 8, 0, RegionSet.of(9), new Ask.Mark(SOME));
        Round later = new Round("LVM-", A, "node1", 5, 7, 6, 8, 10, RegionSet.of(9), new Ask.Mark(SOME));
        OwnerCommand.Ask ask = new OwnerCommand.Ask(round, false, new ActorRecipient<>(somebody));
        String ref = ActorRefResolver.get(KIT.system()).toSerializationFormat(somebody);
        String golden =
                "04004c564d2d0600626f6f742d61100000000000000005006e6f6465310500000000000000070000000000000006000000"
                + "0000000008000000000000002403030cf001fc7d03";
        byte[] text = ref.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        String target = String.format("%02x%02x", text.length & 0xff, text.length >> 8) + HexFormat.of()
                .formatHex(text);

        assertBytes("A3", target + "00" + golden + "0a00000000000000",
                new OwnerCommand.Ask(later, false, new ActorRecipient<>(somebody)));
        assertEquals(ask, read("A3", target + "00" + golden), "of a build that names no term");
        assertEquals(ask, read("A2", golden + target + "00"));
        assertEquals(new OwnerCommand.Ask(round, true, new ActorRecipient<>(somebody)), read("A1", golden + target));
    }

    @Test
    void shouldKeepTheBytesOfWhatNodesHaveHeard() throws NotSerializableException {
        ActorRef<OwnerCommand> owner = somebody.unsafeUpcast().narrow();
        byte[] text = ActorRefResolver.get(KIT.system()).toSerializationFormat(owner)
                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

        assertBytes("Q1", "04004c564d2d" + String.format("%02x%02x", text.length & 0xff, text.length >> 8)
                + HexFormat.of().formatHex(text), new HeardQuestion("LVM-", new ActorRecipient<>(owner)));
        String number = "0900000000000000";
        String term = "0800000000000000";
        assertBytes("H1", "0600626f6f742d6101" + number + term, new OwnerCommand.HeardAnswer("boot-a", true, 9, 8));
        assertBytes("H1", "0600626f6f742d6100" + "00".repeat(16), new OwnerCommand.HeardAnswer("boot-a", false));
        assertEquals(new OwnerCommand.HeardAnswer("boot-a", true), serializer.fromBinary(
                HexFormat.of().parseHex("0600626f6f742d6101"), "H1"), "a build that does not say how much");
    }

    @Test
    void shouldKeepTheBytesOfTheQuestionWhetherARegionIsClean() throws NotSerializableException {
        byte[] ask = serializer.toBinary(new OwnerCommand.Ask(
                new Round("LVM-", A, "node1", 5, 7, 6, 8, 10, RegionSet.empty(), new Ask.IsClean(9)), true,
                new ActorRecipient<>(somebody)));
        String kind = HexFormat.of().formatHex(ask);
        assertTrue(kind.endsWith("0e09000000000000000a00000000000000"), kind);
        assertEquals(new Ask.IsClean(9), ((OwnerCommand.Ask) serializer.fromBinary(ask, "A3")).round().ask());
        String answer = "04004c564d2d0600626f6f742d611000000000000000050000000000000006000000000000000700000000000000"
                + "08000000000000000900000000000000020000000000000041";

        assertBytes("R1", answer + "0d0a00000000000000",
                new RoundAnswer("LVM-", A, 5, 6, 7, 10, 8, 9, 2, DeviceHealth.ALIVE, new Answer.Clean()));
        assertBytes("R1", answer + "0e0a00000000000000",
                new RoundAnswer("LVM-", A, 5, 6, 7, 10, 8, 9, 2, DeviceHealth.ALIVE, new Answer.NotClean()));
    }

    @Test
    void shouldKeepTheBytesOfAPausedResync() throws NotSerializableException {
        assertBytes("P1", "0a", new OwnerCommand.PauseResync(10));
        assertBytes("P1", "00", new OwnerCommand.PauseResync(0));
    }

    /** It stands behind what an older build reads. */
    @Test
    void shouldKeepTheBytesOfAResumeOnAMachineThatKnowsTheLog() throws NotSerializableException {
        Round round = new Round("LVM-", A, "node1", 5, 7, 6, 8, 10, RegionSet.empty(),
                new Ask.Resume(OwnerStage.core(), true));
        byte[] ask = serializer.toBinary(new OwnerCommand.Ask(round, true, new ActorRecipient<>(somebody)));
        String bytes = HexFormat.of().formatHex(ask);

        assertTrue(bytes.endsWith("0a00000000000000" + "0100000000000000" + "0000"), bytes);
        assertEquals(round, ((OwnerCommand.Ask) serializer.fromBinary(ask, "A3")).round());
        byte[] older = java.util.Arrays.copyOf(ask, ask.length - Long.BYTES - Short.BYTES);
        assertEquals(new Ask.Resume(OwnerStage.core()),
                ((OwnerCommand.Ask) serializer.fromBinary(older, "A3")).round().ask());
    }

    /** D16: they stand behind what an older build reads, and a build that does not say proves nothing. */
    @Test
    void shouldKeepTheBytesOfEarlierRunsThatAreOver() throws NotSerializableException {
        Round round = new Round("LVM-", A, "node1", 5, 7, 6, 8, 10, RegionSet.empty(),
                new Ask.Resume(OwnerStage.core(), true, List.of("b3", "b2")));
        byte[] ask = serializer.toBinary(new OwnerCommand.Ask(round, true, new ActorRecipient<>(somebody)));

        assertTrue(HexFormat.of().formatHex(ask).endsWith("0100000000000000" + "0200" + "02006233" + "02006232"));
        assertEquals(round, ((OwnerCommand.Ask) serializer.fromBinary(ask, "A3")).round());
        byte[] older = java.util.Arrays.copyOf(ask, ask.length - 10);
        assertEquals(new Ask.Resume(OwnerStage.core(), true),
                ((OwnerCommand.Ask) serializer.fromBinary(older, "A3")).round().ask());
        OwnerCommand.NoTable none = new OwnerCommand.NoTable("node1", "b4", 9, List.of("b3"));
        assertBytes("N1", "05006e6f646531" + "02006234" + "0900000000000000" + "0100" + "02006233", none);
        assertEquals(new OwnerCommand.NoTable("node1", "b4", 9),
                read("N1", "05006e6f646531" + "02006234" + "0900000000000000"));
    }

    /** What a newer build says more. */
    @Test
    void shouldPassOverFieldsThatItDoesNotKnow() throws NotSerializableException {
        Round round = new Round("LVM-", A, "node1", 5, 7, 6, 8, 0, RegionSet.of(9), new Ask.Mark(SOME));
        RoundAnswer answer = new RoundAnswer("LVM-", A, 5, 6, 7, 0, 8, 9, 2, DeviceHealth.ALIVE, new Answer.Done());
        for (Object message
                : new Object[] {new OwnerCommand.Ask(round, true, new ActorRecipient<>(somebody)), answer, new Notice
                .Wake("LVM-", A),
            new Notice.GiveUp("LVM-", A, SOME), new Notice.Reactivate("LVM-", A)}) {
            assertEquals(message, read(serializer.manifest(message),
                    HexFormat.of().formatHex(serializer.toBinary(message)) + "cafe"));
        }
    }

    @Test
    void shouldTakeUnknownKindsForWhatHasToWait() throws NotSerializableException {
        Round round = new Round("LVM-", A, "node1", 5, 7, 6, 8, 10, RegionSet.of(9), new Ask.HandOn());
        byte[] ask = serializer.toBinary(new OwnerCommand.Ask(round, true, new ActorRecipient<>(somebody)));
        ask[ask.length - 1 - Long.BYTES] = (byte) 200;
        byte[] answer = serializer.toBinary(
                new RoundAnswer("LVM-", A, 5, 6, 7, 10, 8, 9, 2, DeviceHealth.ALIVE, new Answer.Done()));
        answer[answer.length - 1 - Long.BYTES] = (byte) 201;

        OwnerCommand.Ask read = (OwnerCommand.Ask) serializer.fromBinary(ask, "A3");
        assertEquals(new Ask.Unknown(200), read.round().ask());
        assertEquals(0, read.round().term(), "what stands behind an unknown kind is unknown");
        assertEquals(new ActorRecipient<>(somebody), read.replyTo());
        Answer held = ((RoundAnswer) serializer.fromBinary(answer, "R1")).answer();
        assertTrue(held instanceof Answer.Held why && why.reason().contains("unsupported"), held.toString());
    }

    @Test
    void shouldRefuseWhatItDoesNotKnowOrCannotRead() {
        assertThrows(NotSerializableException.class, () -> read("Z9", ""));
        for (String manifest : new String[] {"A1", "A2", "A3", "R1", "G1", "W1"}) {
            assertThrows(NotSerializableException.class, () -> read(manifest, "ff"), manifest);
        }
    }
}
