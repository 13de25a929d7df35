package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawFileTest {
    @TempDir
    Path directory;

    @Test
    void shouldWriteAtAnOffsetAndReadItBack() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[8192]);
        ByteBuffer written = RawFile.alignedBuffer(512).put("hello".getBytes(StandardCharsets.US_ASCII)).rewind();
        ByteBuffer read = RawFile.alignedBuffer(512);

        try (RawFile file = RawFile.open(path, false)) {
            assertEquals(512, file.write(written, 4096));
            file.sync();
            assertEquals(512, file.read(read, 4096));
            assertEquals(new FileStatus(FileStatus.Type.REGULAR, 0, 0, 8192), file.status());
        }

        assertEquals(0, written.remaining());
        assertEquals(written.rewind(), read.rewind());
        assertEquals('h', Files.readAllBytes(path)[4096]);
    }

    @Test
    void shouldTransferFromTheBuffersPositionToItsLimit() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[64]);
        ByteBuffer buffer = RawFile.alignedBuffer(64);
        for (int i = 0; i < 64; i++) {
            buffer.put(i, (byte) i);
        }

        try (RawFile file = RawFile.open(path, false)) {
            assertEquals(3, file.write(buffer.position(10).limit(13), 20));
        }

        assertEquals(13, buffer.position());
        byte[] bytes = Files.readAllBytes(path);
        assertEquals(0, bytes[19]);
        assertEquals(10, bytes[20]);
        assertEquals(12, bytes[22]);
        assertEquals(0, bytes[23]);
    }

    @Test
    void shouldReportAShortReadAndTheEndAsCounts() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[700]);

        try (RawFile file = RawFile.open(path, false)) {
            assertEquals(188, file.read(RawFile.alignedBuffer(512), 512));
            assertEquals(0, file.read(RawFile.alignedBuffer(512), 1024));
        }
    }

    @Test
    void shouldNameCallErrnoAndPathWhenAFileIsMissing() {
        Path missing = directory.resolve("missing");

        PosixException refused = assertThrows(PosixException.class, () -> RawFile.open(missing, true));

        assertEquals(2, refused.errno());
        assertEquals("ENOENT", refused.errnoName());
        assertEquals("open: ENOENT (2): " + missing, refused.getMessage());
        assertEquals(2, assertThrows(PosixException.class, () -> FileCalls.status(missing)).errno());
    }

    @Test
    void shouldNameOffsetAndLengthWhenAReadFails() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[512]);

        try (RawFile file = RawFile.open(path, false)) {
            ByteBuffer into = RawFile.alignedBuffer(512);
            PosixException refused = assertThrows(PosixException.class, () -> file.read(into, -1));

            assertEquals("pread: EINVAL (22): " + path + ", 512 bytes at -1", refused.getMessage());
        }
    }

    @Test
    void shouldCloseOnceAndRefuseEverythingAfterwards() throws IOException {
        RawFile file = RawFile.open(Files.write(directory.resolve("file"), new byte[512]), false);

        file.close();
        file.close();

        assertThrows(IllegalStateException.class, () -> file.read(RawFile.alignedBuffer(512), 0));
        assertThrows(IllegalStateException.class, file::sync);
        assertThrows(IllegalStateException.class, file::status);
    }

    @Test
    void shouldSayThatARegularFileHasNoBlockSize() throws IOException {
        try (RawFile file = RawFile.open(Files.write(directory.resolve("file"), new byte[512]), false)) {
            assertEquals("ENOTTY", assertThrows(PosixException.class, file::blockSizeBytes).errnoName());
            assertEquals("ENOTTY", assertThrows(PosixException.class, file::blockDeviceSizeBytes).errnoName());
        }
    }

    @Test
    void shouldTellDevicesAndDirectoriesApart() throws IOException {
        assertEquals(new FileStatus(FileStatus.Type.CHARACTER, 1, 3, 0), FileCalls.status(Path.of("/dev/null")));
        assertEquals(FileStatus.Type.DIRECTORY, FileCalls.status(directory).type());
        assertFalse(FileCalls.status(Path.of("/dev/null")).isBlockDevice(1, 3));
    }

    @Test
    void shouldRefuseBuffersThatWouldHaveToBeCopied() throws IOException {
        try (RawFile file = RawFile.open(Files.write(directory.resolve("file"), new byte[512]), false)) {
            assertThrows(IllegalArgumentException.class, () -> file.read(ByteBuffer.allocate(512), 0));
        }
    }

    @Test
    void shouldAlignBuffersForDirectIo() {
        for (int bytes : new int[] {512, 4096, 100_000}) {
            ByteBuffer buffer = RawFile.alignedBuffer(bytes);

            assertEquals(bytes, buffer.capacity());
            assertEquals(0, buffer.alignmentOffset(0, 4096));
        }
    }

    @Test
    void shouldKeepTheNumberOfAnErrorWithoutAName() {
        PosixException odd = new PosixException("pwrite", 4242, "/dev/x");

        assertEquals("pwrite: errno (4242): /dev/x", odd.getMessage());
        assertEquals("pwrite: ENOBUFS (105): x", new PosixException("pwrite", 105, "x").toString());
        assertEquals("ERANGE", new PosixException("x", 34, "x").errnoName());
    }
}
