package org.mirrorlog.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Region sets as bytes, for events, snapshots and messages, whose manifests carry the version. Equal sets give equal
 * bytes.
 *
 * <p>The bytes are items. An item begins with a varint (7 bits a byte, low bits first, high bit = more follows) whose
 * two lowest bits name the kind and whose other bits are the gap: the number of regions absent between the end of the
 * item before (at first: region 0) and this one.
 *
 * <pre>
 *   kind 0  REGION  one region
 *   kind 1  RUN     varint n follows: n + 2 regions
 *   kind 2  BLOCK   512 bytes follow: 4096 regions from a multiple of 4096 on, region r is bit r mod 8 of byte r / 8
 *   kind 3  END     gap 0: nothing more
 * </pre>
 *
 * <p>A block is written where its runs would take more bytes.
 */
final class RegionSetCodec {
    private static final int REGION = 0;
    private static final int RUN = 1;
    private static final int BLOCK = 2;
    private static final int END = 3;

    private static final int BLOCK_BYTES = RegionNode.LEAF_REGIONS / Byte.SIZE;
    /** A gap is below 2^32 and has two bits more: five groups of 7 bits. */
    private static final int VARINT_BYTES = 5;

    private RegionSetCodec() {
    }

    static int encodedSize(RegionSet set) {
        return Math.toIntExact(new Encoder(null).encode(set));
    }

    /** See {@link RegionSet#encode}. */
    static void encode(RegionSet set, ByteBuffer into) {
        ByteBuffer out = into.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        new Encoder(out).encode(set);
        into.position(out.position());
    }

    /** See {@link RegionSet#decode}. */
    static RegionSet decode(ByteBuffer from, long regionLimit) {
        if (regionLimit < 0 || regionLimit > RegionSet.REGION_LIMIT) {
            throw new IllegalArgumentException(
                    "region limit " + regionLimit + ": allowed are 0 to " + RegionSet.REGION_LIMIT);
        }
        ByteBuffer in = from.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        RegionSet set = new Decoder(in, regionLimit).decode();
        from.position(in.position());
        return set;
    }

    /** Counts the bytes, and writes them if there is a buffer. */
    private static final class Encoder implements RegionNode.Visitor {
        private final ByteBuffer out;
        private final RunJoiner runs = new RunJoiner(this::putRun);
        /** Regions below are written. */
        private long position;
        private long bytes;

        Encoder(ByteBuffer out) {
            this.out = out;
        }

        long encode(RegionSet set) {
            set.root().visit(0, this);
            runs.finish();
            putVarint(END);
            return bytes;
        }

        @Override
        public void run(long from, long toExclusive) {
            runs.run(from, toExclusive);
        }

        @Override
        public void leaf(long base, long[] words) {
            if (countRuns(words) <= BLOCK_BYTES && bytesAsRuns(words) <= BLOCK_BYTES) {
                runs.leaf(base, words);
                return;
            }
            runs.finish();
            putVarint(base - position << 2 | BLOCK);
            position = base + RegionNode.LEAF_REGIONS;
            bytes += BLOCK_BYTES;
            if (out != null) {
                for (long word : words) {
                    out.putLong(word);
                }
            }
        }

        private void putRun(long from, long toExclusive) {
            long length = toExclusive - from;
            putVarint(from - position << 2 | (length == 1 ? REGION : RUN));
            if (length > 1) {
                putVarint(length - 2);
            }
            position = toExclusive;
        }

        private void putVarint(long value) {
            bytes += varintSize(value);
            if (out == null) {
                return;
            }
            long rest = value;
            while (rest > 0x7F) {
                out.put((byte) (rest | 0x80));
                rest >>>= 7;
            }
            out.put((byte) rest);
        }

        /** Each run takes a byte at least: a cheap answer for noise. */
        private static int countRuns(long[] words) {
            int count = 0;
            long before = 0;
            for (long word : words) {
                count += Long.bitCount(word & ~(word << 1 | before >>> 63));
                before = word;
            }
            return count;
        }

        /** The size of a leaf as items, as if nothing stood around it. */
        private static int bytesAsRuns(long[] words) {
            Encoder counter = new Encoder(null);
            counter.runs.leaf(0, words);
            counter.runs.finish();
            return (int) counter.bytes;
        }

        private static int varintSize(long value) {
            return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
        }
    }

    /** Checks while it reads; every item moves on by at least one region. */
    private static final class Decoder {
        private final ByteBuffer in;
        private final int start;
        private final long regionLimit;
        private final RegionSetBuilder builder = new RegionSetBuilder();
        private long position;

        Decoder(ByteBuffer in, long regionLimit) {
            this.in = in;
            this.start = in.position();
            this.regionLimit = regionLimit;
        }

        RegionSet decode() {
            long item = varint();
            while ((item & 3) != END) {
                position += item >>> 2;
                int kind = (int) item & 3;
                if (kind == BLOCK) {
                    readBlock();
                } else {
                    readRun(kind == REGION ? 1 : varint() + 2);
                }
                item = varint();
            }
            if (item != END) {
                throw bad("end item with gap " + (item >>> 2) + ", allowed is 0");
            }
            return builder.build();
        }

        private void readRun(long length) {
            if (position + length > regionLimit) {
                throw bad("regions " + position + " to " + (position + length - 1) + ", allowed are regions below "
                        + regionLimit);
            }
            builder.addRange(position, position + length);
            position += length;
        }

        private void readBlock() {
            if (position % RegionNode.LEAF_REGIONS != 0 || position >= regionLimit) {
                throw bad("block at region " + position + ", allowed are multiples of "
                        + RegionNode.LEAF_REGIONS + " below "
                        + regionLimit);
            }
            if (in.remaining() < BLOCK_BYTES) {
                throw bad("block of " + BLOCK_BYTES + " bytes, " + in.remaining() + " left");
            }
            long[] block = builder.block(position);
            for (int i = 0; i < block.length; i++) {
                block[i] = in.getLong();
            }
            position += RegionNode.LEAF_REGIONS;
            if (position > regionLimit) {
                checkTail(block, (int) (RegionNode.LEAF_REGIONS - (position - regionLimit)));
            }
        }

        private void checkTail(long[] block, int allowed) {
            for (int i = allowed; i < RegionNode.LEAF_REGIONS; i++) {
                if ((block[i >>> 6] & 1L << i) != 0) {
                    throw bad("block with region " + (position - RegionNode.LEAF_REGIONS + i)
                            + ", allowed are regions below "
                            + regionLimit);
                }
            }
        }

        private long varint() {
            long value = 0;
            for (int i = 0; i < VARINT_BYTES; i++) {
                if (!in.hasRemaining()) {
                    throw bad("end of the bytes within the set");
                }
                byte next = in.get();
                value |= (next & 0x7FL) << 7 * i;
                if (next >= 0) {
                    return value;
                }
            }
            throw bad("number of more than " + VARINT_BYTES + " bytes");
        }

        private IllegalArgumentException bad(String what) {
            return new IllegalArgumentException("region set, byte " + (in.position() - start) + ": " + what);
        }
    }
}
