package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Damaged datagrams and strings: nothing is thrown, and exactly what the rules allow is accepted. {@code -Dseed=}
 * repeats a run.
 */
class FuzzTest {
    private static final int DATAGRAMS = 1_000_000;
    private static final int STRINGS = 200_000;
    private static final int[] EDGES =
            {0, 1, 7, 20, 35, 36, 159, 160, 161, 195, 196, 332, 333, 0x7fff, 0x8000, 0xffff, 0x10000,
        Integer.MAX_VALUE, Integer.MIN_VALUE, -160, -1};
    private static final int[] LENGTH_FIELDS = {UlogLayout.NLMSG_LEN, UlogLayout.CN_LEN, UlogLayout.DATA_SIZE};
    private static final int[] FIELDS =
            {UlogLayout.NLMSG_TYPE, UlogLayout.NLMSG_SEQ, UlogLayout.CN_IDX, UlogLayout.CN_VAL,
        UlogLayout.CN_SEQ, UlogLayout.CN_ACK, UlogLayout.UUID, UlogLayout.VERSION, UlogLayout.ERROR, UlogLayout.SEQ,
        UlogLayout.REQUEST_TYPE, UlogLayout.DATA};

    private final long seed = Long.getLong("seed", 20_261_122L);
    private final SplittableRandom random = new SplittableRandom(seed);
    private final byte[] bytes = new byte[24_000];
    private final ByteBuffer heap = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    private int length;

    @Test
    @Timeout(60)
    void shouldAcceptExactlyWhatTheRulesAllowAndNeverThrow() {
        List<byte[]> seeds = datagrams();
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
        Map<Decoded.Reason, Integer> rejected = new EnumMap<>(Decoded.Reason.class);
        Map<DecodedReply.Reason, Integer> ignored = new EnumMap<>(DecodedReply.Reason.class);
        int accepted = 0;
        int answers = 0;
        for (int i = 0; i < DATAGRAMS; i++) {
            damage(seeds);
            direct.clear().put(bytes, 0, length).flip();
            try {
                Decoded decoded = UlogCodec.decodeRequest(direct);
                check(decoded);
                if (decoded instanceof Decoded.Rejected refusal) {
                    rejected.merge(refusal.reason(), 1, Integer::sum);
                } else {
                    accepted++;
                }
                if (UlogCodec.decodeReply(direct) instanceof DecodedReply.Rejected refusal) {
                    ignored.merge(refusal.reason(), 1, Integer::sum);
                } else {
                    answers++;
                }
            } catch (RuntimeException | AssertionError e) {
                fail("seed " + seed + ", datagram " + i + ": " + HexFormat.of().formatHex(bytes, 0, length), e);
            }
        }
        assertEquals(Decoded.Reason.values().length, rejected.size(), () -> "every reason is met: " + rejected);
        assertEquals(DecodedReply.Reason.values().length, ignored.size(), () -> "every reason is met: " + ignored);
        assertTrue(accepted > DATAGRAMS / 10 && accepted < DATAGRAMS * 9 / 10,
                "accepted " + accepted + " of " + DATAGRAMS);
        assertTrue(answers > DATAGRAMS / 10 && answers < DATAGRAMS * 9 / 10, "answers " + answers + " of " + DATAGRAMS);
    }

    /** The timeout is against a loop without end; a run takes a few seconds. */
    @Test
    @Timeout(60)
    void shouldParseAnyConstructorStringWithoutThrowing() {
        List<byte[]> seeds = new ArrayList<>();
        for (String text
                : List.of("2097152 clustered-core 1024 nosync", "2097152 clustered-disk 254:3 1024 block_on_error sync",
                "0x10 clustered-disk /dev/mapper/vg-lv_mlog 0x800 future",
                "18446744073709551615 clustered-core 2147483648", "16896 clustered-disk /dev/log 1024 \0")) {
            seeds.add(Samples.latin1(text));
        }
        int parsed = 0;
        for (int i = 0; i < STRINGS; i++) {
            damageText(seeds);
            byte[] payload = Arrays.copyOf(bytes, length);
            try {
                parsed += check(payload) ? 1 : 0;
            } catch (RuntimeException | AssertionError e) {
                fail("seed " + seed + ", string " + i + ": " + HexFormat.of().formatHex(payload), e);
            }
        }
        assertTrue(parsed > STRINGS / 100 && parsed < STRINGS * 99 / 100, "parsed " + parsed + " of " + STRINGS);
    }

    /** Holds the decoder's verdict against the rules, written down a second time as one condition. */
    private void check(Decoded decoded) {
        boolean isAllowed = length >= 196 && u16(4) == 3 && heap.getInt(16) == 7 && heap.getInt(20) == 1
                && u16(32) >= 160 && 36 + u16(32) <= length && 160 + (heap.getInt(192) & 0xffffffffL) <= u16(32)
                && bytes[44] != 0 && hasNul() && heap.getInt(176) != 0 && heap.getInt(188) != 0;
        if (decoded instanceof Decoded.Request accepted) {
            assertTrue(isAllowed, "accepted");
            check(accepted.request());
            return;
        }
        assertTrue(!isAllowed, "rejected");
        ((Decoded.Rejected) decoded).nackSeq().ifPresent(seq -> assertTrue(
                length >= 36 && u16(4) == 3 && heap.getInt(16) == 7 && heap.getInt(20) == 1 && heap.getInt(24) == seq
                        && heap.getInt(8) == seq, "a NACK needs sound headers"));
    }

    private void check(UlogRequest request) {
        assertEquals(heap.getLong(36), request.luid());
        assertEquals(heap.getInt(184), request.seq());
        assertTrue(Arrays.equals(request.payload(), 0, request.payload().length, bytes, 196,
                196 + heap.getInt(192)), "payload");
        for (int i = 0; i < request.uuid().length(); i++) {
            assertEquals(bytes[44 + i], (byte) request.uuid().charAt(i));
        }
        assertEquals(0, bytes[44 + request.uuid().length()]);
        RequestArguments.problem(request, 17);
        RequestArguments.region(request, 17);
        RequestArguments.regionSync(request, 17);
        RequestArguments.regions(request, 17).ifPresent(regions -> Arrays.stream(regions)
                .forEach(region -> assertTrue(region >= 0 && region < 17, "region")));
        if (request.type().orElse(null) == RequestType.CTR) {
            check(request.payload());
        }
    }

    /** Whether it parsed; a problem must be one printable line, a parsed spec must come back from its own words. */
    private static boolean check(byte[] payload) {
        if (ConstructorString.parse(payload) instanceof ConstructorString.Parsed parsed) {
            LogSpec spec = parsed.spec();
            String again = spec.lengthSectors() + " " + spec.type().word() + spec.device()
                    .map(device -> " " + device).orElse("")
                    + " " + spec.regionSizeSectors()
                    + (spec.sync() == LogSpec.SyncMode.DEFAULT ? "" : spec.isNosync() ? " nosync" : " sync")
                    + (spec.isBlockOnError() ? " block_on_error" : "");
            assertEquals(spec, ((ConstructorString.Parsed) ConstructorString.parse(Samples.latin1(again))).spec());
            assertEquals(payload[payload.length - 1] == 0, parsed.isReconnect());
            return true;
        }
        String problem = ((ConstructorString.Problem) ConstructorString.parse(payload)).text();
        assertTrue(problem.startsWith("constructor string: ")
                && problem.chars().allMatch(c -> c >= ' ' && c < 0x7f), problem);
        return false;
    }

    private int u16(int at) {
        return Short.toUnsignedInt(heap.getShort(at));
    }

    private boolean hasNul() {
        for (int i = 44; i < 173; i++) {
            if (bytes[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private void damage(List<byte[]> seeds) {
        take(pick(seeds));
        for (int count = random.nextInt(4); count > 0; count--) {
            switch (random.nextInt(10)) {
                case 0: case 1: flipBits(); break;
                case 2: length = random.nextInt(length + 1); break;
                case 3: put(LENGTH_FIELDS[random.nextInt(LENGTH_FIELDS.length)], lie()); break;
                case 4: put(FIELDS[random.nextInt(FIELDS.length)], lie()); break;
                case 5: splice(pick(seeds)); break;
                case 6: grow(); break;
                case 7: Arrays.fill(bytes, Math.min(36, length), length, (byte) 0); break;
                case 8: Arrays.fill(bytes, Math.min(44, length), Math.min(44 + random.nextInt(140), length),
                        (byte) 'u'); break;
                default: tellTheLength(); break;
            }
        }
        // What lies beyond the datagram must not matter: leave the rubbish of earlier ones there.
    }

    private void damageText(List<byte[]> seeds) {
        take(pick(seeds));
        String words = " \0\t-+:/x019abdegnorsyt_";
        for (int count = random.nextInt(4); count > 0 && length > 0; count--) {
            switch (random.nextInt(6)) {
                case 0: flipBits(); break;
                case 1: length = random.nextInt(length + 1); break;
                case 2: splice(pick(seeds)); break;
                case 3: bytes[length++] = (byte) words.charAt(random.nextInt(words.length())); break;
                case 4: bytes[random.nextInt(length)] = (byte) words.charAt(random.nextInt(words.length())); break;
                default:
                    take((new String(bytes, 0, length, StandardCharsets.ISO_8859_1) + " ").repeat(1 + random.nextInt(8))
                            .getBytes(StandardCharsets.ISO_8859_1));
                    break;
            }
        }
    }

    private byte[] pick(List<byte[]> seeds) {
        return seeds.get(random.nextInt(seeds.size()));
    }

    private void take(byte[] whole) {
        length = Math.min(whole.length, 4000);
        System.arraycopy(whole, 0, bytes, 0, length);
    }

    private void flipBits() {
        for (int count = 1 + random.nextInt(8); count > 0 && length > 0; count--) {
            bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
        }
    }

    private void put(int at, int value) {
        if (at == UlogLayout.CN_LEN || at == UlogLayout.NLMSG_TYPE) {
            heap.putShort(at, (short) value);
        } else {
            heap.putInt(at, value);
        }
    }

    /** A number that a broken or hostile sender might put into any field. */
    private int lie() {
        switch (random.nextInt(4)) {
            case 0: return random.nextInt();
            case 1: return length - random.nextInt(40);
            default: return EDGES[random.nextInt(EDGES.length)];
        }
    }

    /** Makes the outer lengths right, or nearly so, so that the inner checks are reached. */
    private void tellTheLength() {
        put(UlogLayout.NLMSG_LEN, length);
        put(UlogLayout.CN_LEN, Math.max(0, length - 36 + random.nextInt(5) - 3));
    }

    private void splice(byte[] other) {
        int head = random.nextInt(length + 1);
        int from = random.nextInt(other.length + 1);
        System.arraycopy(other, from, bytes, head, other.length - from);
        length = head + other.length - from;
    }

    private void grow() {
        int more = random.nextInt(100) == 0 ? 16_300 + random.nextInt(200) : random.nextInt(64);
        more = Math.min(more, bytes.length - 4096 - length);
        for (int i = 0; i < more; i++) {
            bytes[length++] = (byte) random.nextInt();
        }
    }

    /** Requests and answers of the recordings, one of each kind and size, and what else may arrive. */
    private static List<byte[]> datagrams() {
        Map<String, byte[]> seeds = new java.util.TreeMap<>();
        Trace.all().flatMap(trace -> trace.messages().stream()).forEach(message -> {
            byte[] datagram = message.datagram();
            int type = datagram.length >= UlogLayout.DATA ? datagram[UlogLayout.REQUEST_TYPE] : 0;
            seeds.putIfAbsent(message.isRequest() + " " + type + " " + datagram.length, datagram);
        });
        List<byte[]> all = new ArrayList<>(seeds.values());
        all.add(Samples.written(into ->
                UlogCodec.encodeRequest(Samples.request(RequestType.FLUSH, Samples.words(new long[41])), into)));
        byte[] netlinkError = Arrays.copyOf(all.get(0), 36);
        netlinkError[UlogLayout.NLMSG_TYPE] = UlogLayout.NLMSG_ERROR;
        all.add(netlinkError);
        return all;
    }
}
