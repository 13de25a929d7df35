package org.mirrorlog.emulator;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.mirrorlog.protocol.RequestType;

/** Traffic of a real kernel, from src/test/resources/kernel-traffic (the format stands in its README). */
record Recording(List<Section> sections) {
    /** What was asked between two actions. */
    record Section(String title, List<Exchange> exchanges) { }

    /** One request and its answer; the answer is null if there was none. */
    record Exchange(long timeMs, String table, String sender, RequestType type, byte[] payload, byte[] answer) {
        @Override
        public String toString() {
            return table + ' ' + type + ' ' + text(payload);
        }
    }

    static Recording load(String name) {
        List<Section> sections = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(Objects.requireNonNull(
                Recording.class.getResourceAsStream("/kernel-traffic/" + name + ".txt"), name),
                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("## ")) {
                    sections.add(new Section(line.substring(3), new ArrayList<>()));
                } else if (!line.startsWith("#")) {
                    sections.get(sections.size() - 1).exchanges().add(exchange(line));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Recording(sections);
    }

    private static Exchange exchange(String line) {
        String[] words = line.split(" ", 5);
        String[] values = words[4].split(" -> ");
        return new Exchange(Math.round(Double.parseDouble(words[0]) * 1000), words[1], words[2],
                RequestType.valueOf(words[3]), bytes(values[0]), values[1].equals("none") ? null : bytes(values[1]));
    }

    private static byte[] bytes(String value) {
        if (value.equals("-")) {
            return new byte[0];
        }
        if (value.startsWith("text:")) {
            return value.substring(5).replace("\\0", "\0").getBytes(StandardCharsets.ISO_8859_1);
        }
        String[] words = value.split(",");
        ByteBuffer buffer = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (String word : words) {
            buffer.putLong(Long.parseLong(word));
        }
        return buffer.array();
    }

    /** Words as numbers, other payloads as text. */
    static String text(byte[] payload) {
        if (payload.length % Long.BYTES != 0 || payload.length > 0 && payload[0] >= '1' && payload.length > 16
                && payload[1] != 0) {
            return new String(payload, StandardCharsets.ISO_8859_1);
        }
        StringBuilder text = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
            text.append(text.isEmpty() ? "" : ",").append(buffer.getLong());
        }
        return text.toString();
    }
}
