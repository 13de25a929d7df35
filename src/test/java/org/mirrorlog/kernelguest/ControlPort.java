package org.mirrorlog.kernelguest;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The line protocol between the driver and the guest's agent (see {@code src/test/kernel/guest/agent}).
 * Any thread may start scripts; one thread of its own reads the answers.
 */
final class ControlPort implements AutoCloseable {
    private record Running(String script, CompletableFuture<GuestResult> result) { }

    /** What the guest says of itself once it is up. */
    record Hello(String bootId, String kernel) { }

    private final SocketChannel channel;
    private final CompletableFuture<Hello> hello = new CompletableFuture<>();
    private final Map<Integer, Running> running = new ConcurrentHashMap<>();
    private final AtomicInteger lastId = new AtomicInteger();

    private ControlPort(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects to QEMU's socket, which appears a moment after QEMU's start. */
    static ControlPort connect(Path socket, Duration limit) {
        SocketChannel channel = Await.until("QEMU's socket " + socket, limit, () -> tryConnect(socket),
                c -> c != null, c -> "refused");
        ControlPort port = new ControlPort(channel);
        Thread reader = new Thread(port::read, "guest-control-port");
        reader.setDaemon(true);
        reader.start();
        return port;
    }

    private static SocketChannel tryConnect(Path socket) {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException notYet) {
                channel.close();
                return null;
            }
        } catch (IOException e) {
            throw new IllegalStateException("no UNIX sockets", e);
        }
    }

    CompletableFuture<Hello> hello() {
        return hello;
    }

    /** Starts a script in the guest; several may run at once. */
    CompletableFuture<GuestResult> start(String script) {
        int id = lastId.incrementAndGet();
        CompletableFuture<GuestResult> result = new CompletableFuture<>();
        running.put(id, new Running(script, result));
        String encoded = Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8));
        try {
            send("run " + id + " " + encoded + "\n");
        } catch (IOException e) {
            running.remove(id);
            result.completeExceptionally(e);
        }
        return result;
    }

    private synchronized void send(String line) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void read() {
        IOException end;
        try (BufferedReader lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null) {
                accept(line.split(" ", -1));
                line = lines.readLine();
            }
            end = new IOException("the guest has gone");
        } catch (IOException e) {
            end = new IOException("the guest's control port has failed", e);
        }
        hello.completeExceptionally(end);
        for (Running one : running.values()) {
            one.result().completeExceptionally(end);
        }
    }

    private void accept(String[] words) throws IOException {
        if (words[0].equals("hello") && words.length == 3) {
            hello.complete(new Hello(words[1], words[2]));
        } else if (words[0].equals("done") && words.length == 4) {
            Running one = running.remove(Integer.parseInt(words[1]));
            String output = new String(Base64.getDecoder().decode(words[3]), StandardCharsets.UTF_8);
            one.result().complete(new GuestResult(one.script(), Integer.parseInt(words[2]), output));
        } else {
            throw new IOException("the guest said: " + String.join(" ", words));
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
