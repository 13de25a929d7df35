package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.Decoded;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogCodec;

/**
 * The fake daemon as a process: takes the daemon's settings as words, keeps the clean bits of its disks in its
 * data-dir.
 */
final class FakeDaemonMain {
    private FakeDaemonMain() { }

    public static void main(String[] args) throws IOException {
        Path socketPath = Path.of(setting("mirrorlog.kernel.unix-path", args));
        Path bits = Path.of(setting("mirrorlog.data-dir", args));
        boolean isForgetful = Arrays.asList(args).contains("forgetful");
        Map<String, BitSet> disks = new HashMap<>();
        if (Files.exists(bits) && !isForgetful) {
            String[] line = Files.readString(bits).split(" ");
            disks.put(line[0], BitSet.valueOf(java.util.HexFormat.of().parseHex(line[1])));
        }
        serve(new FakeDaemon(disks), disks, bits, socketPath);
    }

    private static void serve(FakeDaemon daemon, Map<String, BitSet> disks, Path bits, Path socketPath)
            throws IOException {
        ByteBuffer in = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        ByteBuffer out = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
        try (UnixDatagramSocket socket = UnixDatagramSocket.bindOverStale(socketPath)) {
            while (true) {
                in.clear();
                socket.receive(in, -1);
                in.flip();
                if (UlogCodec.decodeRequest(in) instanceof Decoded.Request decoded) {
                    out.clear();
                    UlogCodec.encodeReply(decoded.request(), daemon.handle(decoded.request()), out);
                    if (decoded.request().type().orElseThrow() == RequestType.FLUSH) {
                        save(disks, bits);
                    }
                    out.flip();
                    socket.trySend(out, socket.sender());
                }
            }
        }
    }

    private static void save(Map<String, BitSet> disks, Path bits) throws IOException {
        for (Map.Entry<String, BitSet> disk : disks.entrySet()) {
            Files.writeString(bits, disk.getKey() + ' '
                    + java.util.HexFormat.of().formatHex(disk.getValue().toByteArray()));
        }
    }

    private static String setting(String key, String... args) {
        return Arrays.stream(args).filter(word -> word.startsWith("-D" + key + '=')).findFirst().orElseThrow()
                .substring(key.length() + 3);
    }
}
