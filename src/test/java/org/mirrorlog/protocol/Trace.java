package org.mirrorlog.protocol;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** One recorded conversation from {@code src/test/resources/traces} with its listing. */
record Trace(String name, List<Message> messages, List<Line> listing) {
    private static final int PCAP_HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 16;
    private static final int COOKED_HEADER_BYTES = 16;
    private static final int LINK_TYPE_NETLINK = 253;
    private static final int TO_USER = 6;
    private static final Pattern LINE = Pattern.compile(
            "\\s*[0-9.]+ ([<>])\\s+(\\d+)\\s+\\S+\\s+([A-Z_]+?)(-ACK)?\\s+(-?\\d+)\\s+(\\d+)(?:\\s.*)?");

    /** One datagram; the netlink header is made up, the rest is real. */
    record Message(boolean isRequest, byte[] datagram) { }

    /** What a line of the listing says about one datagram. */
    record Line(boolean isRequest, int seq, String type, boolean isShortAck, int error, int size) { }

    static Stream<Trace> all() {
        try (Stream<Path> files = Files.list(Path.of(Trace.class.getResource("/traces").toURI()))) {
            return files.filter(file -> file.toString().endsWith(".pcap.gz")).sorted().toList().stream()
                    .map(Trace::read);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean hasRightAnswers() {
        return name.contains("-stub-");
    }

    private static Trace read(Path pcap) {
        String name = pcap.getFileName().toString().replace(".pcap.gz", "");
        try {
            return new Trace(name, messages(unpacked(pcap)), listing(unpacked(pcap.resolveSibling(name + ".txt.gz"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] unpacked(Path file) throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            return in.readAllBytes();
        }
    }

    /**
     * Headers of the file are little-endian, the cooked header of each packet is big-endian, the packet is a host's.
     */
    private static List<Message> messages(byte[] file) {
        ByteBuffer pcap = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (pcap.getInt(0) != 0xa1b2c3d4 || pcap.getInt(20) != LINK_TYPE_NETLINK) {
            throw new IllegalArgumentException("not a little-endian pcap file of link type " + LINK_TYPE_NETLINK);
        }
        List<Message> messages = new ArrayList<>();
        for (int at = PCAP_HEADER_BYTES; at < file.length;) {
            int packetAt = at + RECORD_HEADER_BYTES;
            int packetBytes = pcap.getInt(at + 8);
            byte[] datagram = new byte[packetBytes - COOKED_HEADER_BYTES];
            pcap.get(packetAt + COOKED_HEADER_BYTES, datagram);
            messages.add(new Message(file[packetAt + 1] == TO_USER, datagram));
            at = packetAt + packetBytes;
        }
        return messages;
    }

    private static List<Line> listing(byte[] file) {
        return new String(file, StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                .map(Trace::line).toList();
    }

    private static Line line(String text) {
        Matcher line = LINE.matcher(text);
        if (!line.matches()) {
            throw new IllegalArgumentException("not a line of a listing: " + text);
        }
        return new Line(line.group(1).equals(">"), Integer.parseUnsignedInt(line.group(2)), line.group(3),
                line.group(4) != null, Integer.parseInt(line.group(5)), Integer.parseInt(line.group(6)));
    }

    @Override
    public String toString() {
        return name;
    }
}
