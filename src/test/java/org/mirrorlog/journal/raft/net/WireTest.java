package org.mirrorlog.journal.raft.net;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.event.NoMarkerLogging;
import akka.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider;
import com.typesafe.config.ConfigFactory;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.FreePorts;

/** Connections between members, over real sockets. */
@Timeout(120)
class WireTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final List<Wire> wires = new ArrayList<>();
    @TempDir
    private Path certs;

    /** One end, which remembers what it has got. */
    private static final class End implements Wire.Listener {
        final List<String> got = new CopyOnWriteArrayList<>();
        final List<String> troubles = new CopyOnWriteArrayList<>();
        final String name;
        final List<String> members;
        final AtomicInteger met = new AtomicInteger();
        volatile String group = "group";

        End(String name, List<String> members) {
            this.name = name;
            this.members = members;
        }

        @Override
        public Hello own() {
            return new Hello(group, name, members, "id", 1, List.of(1L));
        }

        @Override
        public String group() {
            return group;
        }

        @Override
        public Optional<String> met(Hello other) {
            met.incrementAndGet();
            return Optional.empty();
        }

        @Override
        public void received(String from, byte[] frame, Runnable done) {
            got.add(from + ":" + (frame.length == 4 ? ByteBuffer.wrap(frame).getInt() : frame.length + " bytes"));
            done.run();
        }

        @Override
        public void troubled(String with, Exception why) {
            troubles.add(with + ": " + why.getMessage());
        }
    }

    @AfterEach
    void close() {
        wires.forEach(Wire::close);
    }

    private static String free(String host) {
        return host + ":" + FreePorts.take(host);
    }

    private Wire open(End end, Security security) throws IOException {
        Wire wire = Wire.open(new Wire.Place(end.name, end.members), security, end, System::nanoTime);
        wires.add(wire);
        return wire;
    }

    private static byte[] number(int i) {
        return ByteBuffer.allocate(4).putInt(i).array();
    }

    private static void awaitUp(Wire wire) {
        await("a connection").atMost(LIMIT).until(() -> !wire.within().isEmpty());
    }

    @Test
    void shouldCarryFramesOfAllSizesInOrderBothWays() throws Exception {
        List<String> members = List.of(free("127.0.0.1"), free("127.0.0.2"));
        End one = new End(members.get(0), members);
        End two = new End(members.get(1), members);
        Wire first = open(one, Security.NONE);
        Wire second = open(two, Security.NONE);
        awaitUp(first);
        awaitUp(second);

        for (int i = 0; i < 1000; i++) {
            first.send(members.get(1), number(i));
            second.send(members.get(0), number(i));
        }
        first.send(members.get(1), new byte[5 << 20]);
        first.send(members.get(1), new byte[FrameStream.MOST_BYTES + 1]);
        first.send(members.get(1), number(1000));

        await("all of it").atMost(LIMIT).until(() -> two.got.size() == 1002 && one.got.size() == 1000);
        for (int i = 0; i < 1000; i++) {
            assertEquals(members.get(0) + ":" + i, two.got.get(i));
        }
        assertEquals(members.get(0) + ":" + (5 << 20) + " bytes", two.got.get(1000));
        assertEquals(members.get(0) + ":1000", two.got.get(1001), "what is too large is lost, and nothing else");
        assertEquals(1, first.lost());
    }

    @Test
    void shouldConnectAgainWithWhoeverComesBackAndCarryNothingBetweenGroups() throws Exception {
        List<String> members = List.of(free("127.0.0.1"), free("127.0.0.2"));
        End one = new End(members.get(0), members);
        Wire first = open(one, Security.NONE);
        for (int life = 0; life < 3; life++) {
            End two = new End(members.get(1), members);
            Wire second = open(two, Security.NONE);
            awaitUp(first);
            first.send(members.get(1), number(life));
            await("a frame").atMost(LIMIT).until(() -> !two.got.isEmpty());
            second.close();
            await("the end to be noticed").atMost(LIMIT).until(() -> first.within().isEmpty());
        }

        End other = new End(members.get(1), members);
        other.group = "another group";
        open(other, Security.NONE);
        await("them to try").atMost(LIMIT).until(() -> other.met.get() > 1 && one.met.get() > 4);
        first.send(members.get(1), number(9));
        assertTrue(first.within().isEmpty());
        assertTrue(other.got.isEmpty());
    }

    /** As TLS does while a key and its certificate are replaced, one after the other. */
    @Test
    void shouldConnectAgainWhateverAConnectionHasThrown() throws Exception {
        List<String> members = List.of(free("127.0.0.1"), free("127.0.0.2"));
        End one = new End(members.get(0), members);
        End two = new End(members.get(1), members);
        AtomicInteger asDialer = new AtomicInteger();
        AtomicInteger asListener = new AtomicInteger();
        Wire first = open(one, (plain, isDialer) -> {
            if ((isDialer ? asDialer : asListener).incrementAndGet() <= 2) {
                throw new IllegalStateException("no key of this certificate");
            }
            return Security.NONE.secure(plain, isDialer);
        });
        Wire second = open(two, Security.NONE);

        awaitUp(first);
        awaitUp(second);
        first.send(members.get(1), number(7));

        await("a frame").atMost(LIMIT).until(() -> two.got.equals(List.of(members.get(0) + ":7")));
        assertTrue(one.troubles.contains(members.get(1) + ": no key of this certificate"), one.troubles.toString());
        assertTrue(one.troubles.contains("127.0.0.2: no key of this certificate"), one.troubles.toString());
    }

    /** So many as a machine that hangs, or a scan, may leave behind; members come back all the same. */
    @Test
    void shouldLetTheOldestStrangerGoWhereTooManySayNothing() throws Exception {
        List<String> members = List.of(free("127.0.0.1"), free("127.0.0.2"));
        End one = new End(members.get(0), members);
        Wire first = open(one, Security.NONE);
        InetSocketAddress at = Wire.address(members.get(0));
        List<Socket> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < 70; i++) {
                Socket stranger = new Socket();
                strangers.add(stranger);
                stranger.setSoTimeout((int) LIMIT.toMillis());
                stranger.connect(at);
            }
            assertEquals(-1, strangers.get(0).getInputStream().read(), "the oldest has gone");
            strangers.get(69).setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, () -> strangers.get(69).getInputStream().read());

            End two = new End(members.get(1), members);
            Wire second = open(two, Security.NONE);
            awaitUp(second);
            second.send(members.get(0), number(7));
            await("a frame").atMost(LIMIT).until(() -> one.got.equals(List.of(members.get(1) + ":7")));
            awaitUp(first);
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void shouldHangUpOnStrangersAndWhoeverSaysTooMuch() throws Exception {
        List<String> members = List.of(free("127.0.0.1"), free("127.0.0.2"));
        End one = new End(members.get(0), members);
        open(one, Security.NONE);
        for (int length : new int[] {-1, Integer.MAX_VALUE, 3}) {
            try (Socket stranger = new Socket()) {
                stranger.connect(new InetSocketAddress("127.0.0.1",
                        Integer.parseInt(members.get(0).replaceFirst(".*:", ""))));
                stranger.setSoTimeout((int) LIMIT.toMillis());
                DataOutputStream out = new DataOutputStream(stranger.getOutputStream());
                out.writeInt(length);
                out.write(new byte[3]);
                out.flush();
                assertEquals(-1, stranger.getInputStream().read(), "it hangs up");
            }
        }
        assertTrue(one.got.isEmpty());
    }

    @Test
    @Tag("slow")
    void shouldTrustACertificateOfThatHostAndNoOther() throws Exception {
        Commands.run(List.of("deploy/make-certs", "--dir", certs.toString(), "127.0.0.1", "127.0.0.2", "127.0.0.3"));
        List<String> members = List.of(free("127.0.0.1"), free("127.0.0.2"));
        End one = new End(members.get(0), members);
        End two = new End(members.get(1), members);
        Wire first = open(one, tls("127.0.0.1"));
        Wire second = open(two, tls("127.0.0.2"));
        awaitUp(first);
        first.send(members.get(1), number(7));
        await("a frame over TLS").atMost(LIMIT).until(() -> two.got.equals(List.of(members.get(0) + ":7")));
        second.close();
        await("the end to be noticed").atMost(LIMIT).until(() -> first.within().isEmpty());

        End thief = new End(members.get(1), members);
        Wire third = open(thief, tls("127.0.0.3"));
        await("it to be refused").atMost(LIMIT).until(() -> one.troubles.stream()
                .anyMatch(why -> why.contains("certificate")));
        assertTrue(first.within().isEmpty());
        third.close();
        End plain = new End(members.get(1), members);
        Wire fourth = open(plain, Security.NONE);
        await("it to find out").atMost(LIMIT).until(() -> !plain.troubles.isEmpty());
        assertFalse(fourth.within().contains(members.get(0)));
        assertTrue(first.within().isEmpty());
    }

    private Security tls(String host) {
        return new TlsSecurity(new RotatingKeysSSLEngineProvider(ConfigFactory.parseString("key-file = \""
                + certs.resolve(host + "-key.pem") + "\"\ncert-file = \"" + certs.resolve(host + ".pem")
                + "\"\nca-cert-file = \"" + certs.resolve("ca.pem") + "\"\nprotocol = TLSv1.3\n"
                + "enabled-algorithms = [TLS_AES_256_GCM_SHA384]\nssl-context-cache-ttl = 1m\n"
                + "random-number-generator = \"\""), NoMarkerLogging.getInstance())::getSSLContext);
    }
}
