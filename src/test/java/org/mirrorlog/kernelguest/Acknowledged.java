package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes to mirrors that were acknowledged: they must be on both legs whatever happens, until they are overwritten. */
final class Acknowledged {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 4;

    private final KernelLab lab;
    private final int places;
    /** What was written last, by leg's name without its number and by place. */
    private final Map<String, Map<Integer, String>> texts = new LinkedHashMap<>();

    /** For writes to the first {@code bytes} of each mirror. */
    Acknowledged(KernelLab lab, int bytes) {
        this.lab = lab;
        this.places = bytes / BLOCK / BLOCKS;
    }

    /** Writes to the mirror of that name, at a place that {@code number} decides; returns when it is acknowledged. */
    void write(String name, int number) {
        int place = Math.floorMod(number, places);
        String text = name + " " + number;
        lab.inGuest("{ yes '" + text + "' || true; } | head -c " + BLOCK * BLOCKS + " > /run/text\n"
                + "dd if=/run/text of=/dev/mapper/m" + name + " bs=" + BLOCK * BLOCKS + " seek=" + place
                + " oflag=direct conv=notrunc,nocreat status=none");
        texts.computeIfAbsent(name, any -> new LinkedHashMap<>()).put(place, text);
    }

    /** AssertionError if one of the writes to that mirror is not on both legs. */
    void assertOnBothLegs(String name) throws IOException {
        for (Map.Entry<Integer, String> entry : texts.getOrDefault(name, Map.of()).entrySet()) {
            for (String leg : List.of("leg0" + name, "leg1" + name)) {
                byte[] there = new byte[BLOCK * BLOCKS];
                try (RandomAccessFile file = new RandomAccessFile(lab.file(leg).toFile(), "r")) {
                    file.seek((long) entry.getKey() * there.length);
                    file.readFully(there);
                }
                assertArrayEquals(expected(entry.getValue()), there, () -> "acknowledged and not on " + leg + ": "
                        + entry.getValue() + " at block " + entry.getKey() * BLOCKS);
            }
        }
    }

    private static byte[] expected(String text) {
        byte[] line = (text + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(line, BLOCK * BLOCKS);
        for (int i = line.length; i < all.length; i++) {
            all[i] = line[i % line.length];
        }
        return all;
    }
}
