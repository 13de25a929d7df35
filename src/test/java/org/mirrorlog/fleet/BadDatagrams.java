package org.mirrorlog.fleet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/**
 * The same as a {@link Siege} at the socket through which kernels ask: of another program that the daemon serves
 * because it is of the same user. It sends what is no request, or one of no table, and does not read what is answered.
 */
final class BadDatagrams implements AutoCloseable {
    /** More senders than the daemon remembers. */
    private static final int SENDERS = 100;
    /** More than a socket holds that nobody reads. */
    private static final int UNREAD = 24;
    private static final int PER_BURST = 200;
    private static final int NOISES = 600;
    private static final int LARGEST_BYTES = 60_000;
    private static final int SOME_WRITES = 5;
    private static final int ROOM_MS = 5_000;
    private static final int SEED = 33;

    private final Fleet fleet;
    private final UnixAddress daemon;
    private final Random random = new Random(SEED);
    private final List<UnixDatagramSocket> senders = new ArrayList<>();
    private int sent;

    private BadDatagrams(Fleet fleet, FleetNode node) {
        this.fleet = fleet;
        this.daemon = UnixAddress.of(node.socket());
    }

    static void send(Fleet fleet, FleetNode node) throws IOException {
        try (Watch watch = Watch.over(fleet)) {
            try (BadDatagrams bad = new BadDatagrams(fleet, node)) {
                for (int i = 0; i < SENDERS; i++) {
                    bad.senders.add(UnixDatagramSocket.bind(
                            UnixAddress.ofAbstract("bad-datagrams-" + ProcessHandle.current().pid() + '-' + i)));
                }
                bad.malformed();
                bad.unread();
            }
            watch.end("a siege of the kernel's socket");
        }
    }

    private static ByteBuffer request(int type, int seq, byte[] payload) {
        ByteBuffer datagram = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
        UlogCodec.encodeRequest(new UlogRequest(99, "LVM-nobody", 2, seq, type, payload), datagram);
        return datagram.flip();
    }

    private void malformed() throws IOException {
        ByteBuffer whole = request(RequestType.GET_SYNC_COUNT.code(), 1, new byte[0]);
        for (int length = 0; length < whole.limit(); length += 3) {
            send(whole.duplicate().limit(length));
        }
        for (int at = 0; at + Integer.BYTES <= whole.limit(); at += Integer.BYTES) {
            ByteBuffer changed = ByteBuffer.allocateDirect(whole.limit()).put(whole.duplicate());
            send(changed.putInt(at, random.nextBoolean() ? -1 : random.nextInt()).flip());
        }
        for (int type = -1; type < 40; type++) {
            byte[] payload = new byte[random.nextInt(200)];
            random.nextBytes(payload);
            send(request(type, type, payload));
        }
        for (int i = 0; i < NOISES; i++) {
            byte[] noise = new byte[i % 50 == 0 ? LARGEST_BYTES : random.nextInt(UlogCodec.SEND_BUFFER_BYTES)];
            random.nextBytes(noise);
            send(ByteBuffer.allocateDirect(noise.length).put(noise).flip());
        }
        fleet.awaitWrites(SOME_WRITES);
    }

    private void unread() throws IOException {
        for (int i = 0; i < UNREAD; i++) {
            for (int j = 0; j < SENDERS; j++) {
                senders.get(j).connect(daemon);
                sendBy(j, request(RequestType.GET_SYNC_COUNT.code(), i, new byte[0]));
            }
        }
        fleet.awaitWrites(SOME_WRITES);
    }

    private void send(ByteBuffer datagram) throws IOException {
        sendBy(random.nextInt(SENDERS), datagram);
    }

    /** Now and then the kernel has its turn: who floods a socket of its own user stops that one, whatever it says. */
    private void sendBy(int sender, ByteBuffer datagram) throws IOException {
        senders.get(sender).connect(daemon);
        senders.get(sender).send(datagram, ROOM_MS);
        if (++sent % PER_BURST == 0) {
            fleet.awaitWrites(SOME_WRITES);
        }
    }

    @Override
    public void close() {
        senders.forEach(UnixDatagramSocket::close);
    }
}
