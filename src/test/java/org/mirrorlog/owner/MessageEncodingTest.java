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
            ConfigFactory.parseString("akka.actor.provider = local").withFallback(ConfigFactory.defaultReference()).resolve());
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
        assertBytes("G1", "04004c564d2d0600626f6f742d6110000000000000000cf001fc7d03", new Notice.GiveUp("LVM-", A, SOME));
        assertBytes("W1", "04004c564d2d0600626f6f742d611000000000000000", new Notice.Wake("LVM-", A));
        assertBytes("V1", "04004c564d2d0600626f6f742d611000000000000000", new Notice.Reactivate("LVM-", A));
    }

    @Test
    void shouldKeepTheBytesOfAnswers() throws NotSerializableException {
        assertBytes("R1", "04004c564d2d0600626f6f742d6110000000000000000500000000000000060000000000000007000000000000000800"
                + "000000000000090000000000000002000000000000004102", new RoundAnswer("LVM-", A, 5, 6, 7, 8, 9, 2,
                DeviceHealth.ALIVE, new Answer.Done()));
    }

    @Test
    void shouldReadARoundOfVersion1AsOfAnInstanceWithItsDeviceOpen() throws NotSerializableException {
        Round round = new Round("LVM-", A, "node1", 5, 7, 6, 8, RegionSet.of(9), new Ask.Mark(SOME));
        OwnerCommand.Ask ask = new OwnerCommand.Ask(round, false, somebody);
        byte[] now = serializer.toBinary(ask);
        byte[] version1 = java.util.Arrays.copyOf(now, now.length - 1);

        assertEquals("A2", serializer.manifest(ask));
        assertEquals(ask, serializer.fromBinary(now, "A2"));
        assertEquals(new OwnerCommand.Ask(round, true, somebody), serializer.fromBinary(version1, "A1"));
        String golden = "04004c564d2d0600626f6f742d61100000000000000005006e6f6465310500000000000000070000000000000006000000"
                + "0000000008000000000000002403030cf001fc7d03";
        assertEquals(golden, HexFormat.of().formatHex(now).substring(0, golden.length()));
        String ref = ActorRefResolver.get(KIT.system()).toSerializationFormat(somebody);
        assertTrue(new String(now, java.nio.charset.StandardCharsets.ISO_8859_1).endsWith(ref + "\0"));
    }

    @Test
    void shouldRefuseWhatItDoesNotKnowOrCannotRead() {
        assertThrows(NotSerializableException.class, () -> read("Z9", ""));
        for (String manifest : new String[] {"A1", "A2", "R1", "G1", "W1"}) {
            assertThrows(NotSerializableException.class, () -> read(manifest, "ff"), manifest);
        }
        assertThrows(NotSerializableException.class, () -> read("W1", "04004c564d2d0600626f6f742d61100000000000000000"));
    }
}
