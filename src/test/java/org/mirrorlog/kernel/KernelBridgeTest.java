package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.instance.InstanceEnvironment;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.InstanceRecord;
import org.mirrorlog.instance.Instances;
import org.mirrorlog.instance.Machine;
import org.mirrorlog.instance.Memory;
import org.mirrorlog.instance.OpenedDevice;
import org.mirrorlog.instance.RecordChange;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.instance.Tuning;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.logging.Defects;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/** The bridge between datagrams and instances: what comes in reaches them, what they say goes out, time passes. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KernelBridgeTest {
    private static final String UUID = "LVM-bridge";
    private static final long LUID = 0xffff888012345600L;
    private static final NetlinkPeer KERNEL = new NetlinkPeer(0);

    private final ActorTestKit kit =
            ActorTestKit.create("bridge", ConfigFactory.parseString("akka.actor.provider = local")
            .withFallback(ConfigFactory.defaultReference()).resolve());
    private final RequestTimes times = new RequestTimes();
    private final SentDatagrams socket = new SentDatagrams();
    private final BlockingQueue<Round> rounds = new LinkedBlockingQueue<>();
    private final BlockingQueue<InstanceKey> devicesAsked = new LinkedBlockingQueue<>();
    private final BlockingQueue<InstanceKey> condemned = new LinkedBlockingQueue<>();
    private final Map<InstanceKey, String> closedRecords = new ConcurrentHashMap<>();
    private volatile KernelBridge.Ports ports;
    private ActorRef<KernelBridge.Message> bridge;
    private int seq;

    /** A socket that keeps what is sent: error and payload by sequence number, as the kernel reads them. */
    private static final class SentDatagrams extends PlayedSocket {
        private final BlockingQueue<byte[]> sent = new LinkedBlockingQueue<>();
        /** What the next sending throws, once; null: nothing. */
        private volatile Error fault;

        @Override
        public Peer receive(ByteBuffer into) {
            throw new UnsupportedOperationException("the test hands requests over itself");
        }

        @Override
        public boolean send(ByteBuffer datagram, Peer to) {
            if (fault != null) {
                Error thrown = fault;
                fault = null;
                throw thrown;
            }
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            return sent.add(bytes);
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @BeforeEach
    void start() {
        bridge = kit.spawn(KernelBridge.create(
                surroundings -> new Instances(new Machine("node1", "boot-1", 1), new Tuning(100, 100, 100),
                        (key, constructor, memory) -> record(key), surroundings),
                given -> {
                    ports = given;
                    return surroundings();
                }, instances -> { }, new KernelBridge.Replies(new ReplySender(socket), times, Optional.empty(),
                        new Backlog(100))));
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private InstanceRecord record(InstanceKey key) {
        return new InstanceRecord() {
            @Override
            public void append(RecordChange change) {
                // Kept by the instance.
            }

            @Override
            public Memory readAnew() {
                throw new UnsupportedOperationException("nothing fails here");
            }

            @Override
            public void destroy() {
                closedRecords.put(key, "destroyed");
            }

            @Override
            public void close() {
                closedRecords.put(key, "closed");
            }
        };
    }

    private InstanceEnvironment surroundings() {
        return new InstanceEnvironment() {
            @Override
            public void send(Round round) {
                rounds.add(round);
            }

            @Override
            public void openDevice(InstanceKey key, LogSpec spec) {
                devicesAsked.add(key);
            }

            @Override
            public void closeDevice(InstanceKey key) {
                // Nothing is open.
            }

            @Override
            public void condemned(InstanceKey key) {
                condemned.add(key);
            }

            @Override
            public void warn(InstanceKey key, String incident) {
                // Not looked at here.
            }
        };
    }

    private int ask(RequestType type, byte[] payload) {
        bridge.tell(new KernelBridge.Requested(new UlogRequest(LUID, UUID, 2, ++seq, type.code(), payload), KERNEL));
        return seq;
    }

    /** Error of the next datagram, which must answer this request. */
    private int errorOf(int request) throws InterruptedException {
        byte[] datagram = socket.sent.poll(20, TimeUnit.SECONDS);
        assertTrue(datagram != null, "no reply to seq " + request);
        ByteBuffer bytes = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        assertEquals(request, bytes.getInt(184), "seq in the request structure");
        return bytes.getInt(180);
    }

    private Round nextRound() throws InterruptedException {
        Round round = rounds.poll(20, TimeUnit.SECONDS);
        assertTrue(round != null, "no round");
        return round;
    }

    private void answer(Round round, Answer answer) {
        ports.answers().tell(
                new RoundAnswer(round.uuid(), round.by(), round.daemonStart(), round.number(), 1, 0, 64, 64, 0,
                DeviceHealth.ALIVE, answer));
    }

    private void construct(String string) throws InterruptedException {
        assertEquals(0, errorOf(ask(RequestType.CTR, string.getBytes(StandardCharsets.ISO_8859_1))));
    }

    @Test
    void shouldReplyToARequestThatNeedsNobodyElse() throws InterruptedException {
        construct("65536 clustered-core 1024 nosync");

        ask(RequestType.GET_REGION_SIZE, new byte[0]);

        byte[] datagram = socket.sent.poll(20, TimeUnit.SECONDS);
        assertEquals(1024, ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder()).getLong(196));
        assertEquals(204, datagram.length);
    }

    @Test
    void shouldReplyWhenTheOwnerHasAnswered() throws InterruptedException {
        construct("65536 clustered-core 1024 nosync");
        int resume = ask(RequestType.RESUME, new byte[0]);

        answer(nextRound(), new Answer.Joined(1, RegionSet.empty(), RegionSet.empty(), 0));

        assertEquals(0, errorOf(resume));
    }

    @Test
    void shouldLetTimePassWithoutAnyRequest() throws InterruptedException {
        construct("65536 clustered-core 1024 nosync");
        ask(RequestType.RESUME, new byte[0]);

        Round first = nextRound();
        Round second = nextRound();

        assertEquals(first, second, "sent again under its own number");
    }

    @Test
    void shouldOpenTheDeviceBeforeItRepliesToAConstructor() throws InterruptedException {
        int construct = ask(RequestType.CTR, "65536 clustered-disk 254:3 1024".getBytes(StandardCharsets.ISO_8859_1));
        InstanceKey key = devicesAsked.poll(20, TimeUnit.SECONDS);
        assertEquals(new InstanceKey(UUID, LUID), key);
        assertTrue(socket.sent.isEmpty());

        ports.self().tell(new KernelBridge.DeviceOpened(key, new OpenedDevice(254, 3)));

        assertEquals(0, errorOf(construct));
    }

    @Test
    void shouldReplyWithTheErrorOfADeviceThatCannotBeOpened() throws InterruptedException {
        int construct = ask(RequestType.CTR, "65536 clustered-disk 254:3 1024".getBytes(StandardCharsets.ISO_8859_1));
        InstanceKey key = devicesAsked.poll(20, TimeUnit.SECONDS);

        ports.self().tell(new KernelBridge.DeviceRefused(key, Errno.ENXIO, "no such device"));

        assertEquals(-Errno.ENXIO.number(), errorOf(construct));
    }

    @Test
    void shouldShowItsInstancesAndCloseTheirRecordsWhenItStops() throws InterruptedException {
        construct("65536 clustered-core 1024 nosync");
        TestProbe<Object> probe = kit.createTestProbe();

        @SuppressWarnings({"unchecked", "rawtypes"})
        ActorRef<List<TableView>> shown = (ActorRef) probe.getRef();
        bridge.tell(new KernelBridge.Show(shown));
        List<?> views = (List<?>) probe.receiveMessage(Duration.ofSeconds(20));
        assertEquals(1, views.size());
        kit.stop(bridge, Duration.ofSeconds(20));

        assertEquals(Map.of(new InstanceKey(UUID, LUID), "closed"), closedRecords);
    }

    /** No table has thrown it, so that no table can tell of it. */
    @Test
    void shouldCountWhatItThrowsItselfAndServeOn() throws InterruptedException {
        String part = "the kernel bridge could not deal with a request";
        long before = times(part);

        bridge.tell(new KernelBridge.Requested(null, KERNEL));
        construct("65536 clustered-core 1024 nosync");

        assertEquals(before + 1, times(part));
        assertTrue(Defects.HERE.counts().get(part).last().contains("NullPointerException"));
    }

    /** The bridge's end would be the daemon's. */
    @Test
    void shouldCountAnErrorThatItThrowsItselfAndServeOn() throws InterruptedException {
        String part = "the kernel bridge could not deal with a request";
        for (Error error : List.of(new AssertionError("of a test"), new NoClassDefFoundError("of a test"))) {
            long before = times(part);
            socket.fault = error;
            bridge.tell(new KernelBridge.Requested(new UlogRequest(LUID, UUID, 2, ++seq, 99, new byte[0]), KERNEL));
            bridge.tell(new KernelBridge.Requested(new UlogRequest(LUID, UUID, 2, ++seq, 99, new byte[0]), KERNEL));

            assertEquals(-Errno.EINVAL.number(), errorOf(seq));
            assertEquals(before + 1, times(part));
            assertTrue(Defects.HERE.counts().get(part).last().contains(error.toString()));
        }
    }

    private static long times(String part) {
        return Defects.HERE.counts().getOrDefault(part, new Defects.Count(0, "")).times();
    }

    @Test
    void shouldServeOnAfterARequestOfAnUnknownType() throws InterruptedException {
        bridge.tell(new KernelBridge.Requested(new UlogRequest(LUID, UUID, 2, ++seq, 99, new byte[0]), KERNEL));

        assertEquals(-Errno.EINVAL.number(), errorOf(seq));
        construct("65536 clustered-core 1024 nosync");
    }
}
