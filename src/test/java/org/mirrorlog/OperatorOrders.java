package org.mirrorlog;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What tests ask for at a daemon's UNIX socket for operators. */
public final class OperatorOrders {
    private OperatorOrders() {
    }

    /** What was answered. */
    public record Answer(int statusCode, String body) { }

    /** A change, as mirrorlogctl asks for it. */
    public static Answer post(Path socket, String path, String json) throws IOException {
        return send(socket, "POST", path, "application/json", json);
    }

    /** Any request. */
    public static Answer send(Path socket, String method, String path, String type, String body) throws IOException {
        String request = method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                + "\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(Integer.parseInt(answer.substring(9, 12)),
                    answer.substring(answer.indexOf("\r\n\r\n") + 4));
        }
    }
}
