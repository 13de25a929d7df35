package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Files of format version 1 as they were when it was released: they must be read for ever, and version 1 must be
 * written like this. To make files for a new version, run with -Dgolden.write=true and give them a new name.
 */
class GoldenBytesTest {

    private static final Path RESOURCES = Path.of("src/test/resources/journal");
    private static final List<String> SEGMENTS = List.of("seg-00000002.log", "seg-00000003.log");
    private static final SnapshotCodec.Stored SNAPSHOT = new SnapshotCodec.Stored("mirrorlog|golden", 42,
            1_700_000_000_123L,
            -7, "manifest/é", "the payload".getBytes(StandardCharsets.UTF_8), null);

    /** Fixed steps after which every kind of record is there; segment 1 is compacted away. */
    private static void write(SimulatedStorage storage) throws IOException {
        CoreFixture journal = new CoreFixture(storage, CoreFixture.options(1024, 1024, 512, 50)).open();
        journal.mustAppend("mirrorlog|golden", 1, "first", "zweites äöü", "");
        journal.mustAppend("idle", 1, "kept");
        for (int i = 4; i <= 12; i++) {
            journal.mustAppend("mirrorlog|golden", i, "event " + i + "-".repeat(40));
        }
        journal.mustDelete("mirrorlog|golden", 10);
        journal.compact();
        journal.core.close();
        journal.open();
        for (int i = 13; i <= 16; i++) {
            journal.mustAppend("mirrorlog|golden", i, "event " + i + "-".repeat(40));
        }
        journal.core.close();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = GoldenBytesTest.class.getResourceAsStream("/journal/" + name)) {
            assertNotNull(in, name);
            return HexFormat.of().parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s",
                    ""));
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; at += 32) {
            text.append(HexFormat.of().formatHex(bytes, at, Math.min(bytes.length, at + 32))).append('\n');
        }
        return text.toString();
    }

    private static Map<String, byte[]> files() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(new Random(1));
        write(storage);
        Map<String, byte[]> files = new TreeMap<>();
        for (String name : storage.list()) {
            files.put(name, withoutZeros(storage.bytes(name)));
        }
        return files;
    }

    /** The room that was made ahead is no part of the format. */
    private static byte[] withoutZeros(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(bytes, (end + 7) / 8 * 8);
    }

    @Test
    void shouldWriteSegmentsOfVersion1AsEver() throws IOException {
        Map<String, byte[]> files = files();
        if (Boolean.getBoolean("golden.write")) {
            Files.createDirectories(RESOURCES);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.writeString(RESOURCES.resolve("v1-" + file.getKey() + ".hex"), hex(file.getValue()));
            }
        }

        assertEquals(SEGMENTS, List.copyOf(files.keySet()));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            assertEquals(hex(resource("v1-" + file.getKey() + ".hex")), hex(file.getValue()), file.getKey());
        }
    }

    @Test
    void shouldReadSegmentsOfVersion1ForEver() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(new Random(1));
        for (String name : SEGMENTS) {
            storage.setBytes(name, resource("v1-" + name + ".hex"));
        }

        CoreFixture journal = new CoreFixture(storage, CoreFixture.small()).open();

        assertEquals(CoreFixture.ID, journal.core.id());
        List<String> expected = new ArrayList<>();
        for (int i = 11; i <= 16; i++) {
            expected.add(i + ":event " + i + "-".repeat(40));
        }
        assertEquals(expected, journal.replay("mirrorlog|golden"));
        assertEquals(List.of("1:kept"), journal.replay("idle"));
        assertEquals(16, journal.core.index().head("mirrorlog|golden"));
        assertEquals(10, journal.core.index().deletedTo("mirrorlog|golden"));
    }

    @Test
    void shouldReadAndWriteSnapshotsOfVersion1ForEver() throws IOException {
        ByteBuffer encoded = SnapshotCodec.encode(SNAPSHOT);
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(RESOURCES.resolve("v1-snapshot.hex"), hex(encoded.array()));
        }

        assertEquals(hex(resource("v1-snapshot.hex")), hex(encoded.array()));
        SnapshotCodec.Stored found = SnapshotCodec.decode(resource("v1-snapshot.hex"));
        assertEquals(SNAPSHOT.persistenceId(), found.persistenceId());
        assertEquals(SNAPSHOT.sequenceNr(), found.sequenceNr());
        assertEquals(SNAPSHOT.timestamp(), found.timestamp());
        assertEquals(SNAPSHOT.serializerId(), found.serializerId());
        assertEquals(SNAPSHOT.manifest(), found.manifest());
        assertArrayEquals(SNAPSHOT.payload(), found.payload());
        assertNull(found.journal(), "it names none");
    }

    @Test
    void shouldReadAndWriteSnapshotsThatNameTheirJournalForEver() throws IOException {
        SnapshotCodec.Stored named = SNAPSHOT.of(CoreFixture.ID);
        byte[] encoded = SnapshotCodec.encode(named).array();
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(RESOURCES.resolve("v1-snapshot-of-journal.hex"), hex(encoded));
        }

        assertEquals(hex(resource("v1-snapshot-of-journal.hex")), hex(encoded));
        SnapshotCodec.Stored found = SnapshotCodec.decode(resource("v1-snapshot-of-journal.hex"));
        assertEquals(CoreFixture.ID, found.journal());
        assertArrayEquals(SNAPSHOT.payload(), found.payload());
        assertArrayEquals(Arrays.copyOfRange(SnapshotCodec.encode(SNAPSHOT).array(), 16, 40),
                Arrays.copyOfRange(encoded, 16, 40), "an older program reads it up to the name");
    }

    @Test
    void shouldPinTheCodesOfRecordKinds() {
        List<String> codes = Arrays.stream(RecordKind.values()).map(kind -> kind + "=" + kind.code()).toList();

        assertEquals(List.of("SEGMENTS=1", "HEADS=2", "EVENTS=3", "MOVED=4", "DELETED=5", "OPENED=6", "CLOSED=7",
                "CONTINUED=8", "RAFT_START=9", "RAFT_SEAT=10", "RAFT_VOTE=11", "RAFT_ENTRY=12", "RAFT_TRUNCATED=13",
                "RAFT_CHUNK=14"), codes);
        for (RecordKind kind : RecordKind.values()) {
            assertEquals(kind, RecordKind.of(kind.code()));
        }
    }
}
