package org.mirrorlog.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.mirrorlog.posix.NetlinkSocket;
import org.mirrorlog.protocol.UlogAnswer;

/**
 * A second process that plays the kernel over a real netlink socket. Takes commands, one per line, and answers each
 * with one line:
 *
 * <pre>
 *   unicast PORT SEQ    a request to one port                     sent ERRNO
 *   broken PORT SEQ     the same with a zeroed body               sent ERRNO
 *   group SEQ           a request to group 7                      sent ERRNO
 *   flood COUNT         that many requests to group 7             sent 0
 *   answer              waits for one                             answer SEQ ERROR SHORT-OR-FULL
 * </pre>
 *
 * <p>The first line it prints is its port id. It ends with its input.
 */
final class PlayedKernel {
    private final NetlinkSocket socket;
    private final ByteBuffer into = ByteBuffer.allocateDirect(16 * 1024);

    private PlayedKernel(NetlinkSocket socket) {
        this.socket = socket;
    }

    public static void main(String[] args) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (NetlinkSocket socket = NetlinkSocket.bind(NetlinkSocket.PROTOCOL_CONNECTOR, 0, 0)) {
            PlayedKernel kernel = new PlayedKernel(socket);
            System.out.println(Integer.toUnsignedString(socket.portId()));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                System.out.println(kernel.execute(line.split(" ")));
            }
        }
    }

    private String execute(String[] words) throws IOException {
        switch (words[0]) {
            case "unicast":
                return sent(Requests.datagram(Integer.parseInt(words[2])), port(words[1]));
            case "broken":
                return sent(Requests.zeroTyped(Integer.parseInt(words[2])), port(words[1]));
            case "group":
                return sent(Requests.datagram(Integer.parseInt(words[1])), group());
            case "flood":
                return flood(Integer.parseInt(words[1]));
            case "answer":
                return answer();
            default:
                throw new IOException("unknown command " + words[0]);
        }
    }

    private static NetlinkSocket.Address port(String number) {
        return NetlinkSocket.Address.ofPort(Integer.parseUnsignedInt(number));
    }

    private static NetlinkSocket.Address group() {
        return NetlinkSocket.Address.ofGroup(NetlinkConnector.GROUP);
    }

    /**
     * A message to a group also goes to port id 0; in a namespace without the kernel's end that part is refused (111).
     */
    private String sent(ByteBuffer datagram, NetlinkSocket.Address to) throws IOException {
        return "sent " + socket.trySend(datagram, to);
    }

    private String flood(int count) throws IOException {
        ByteBuffer datagram = Requests.datagram(0);
        for (int i = 0; i < count; i++) {
            socket.trySend(datagram, group());
        }
        return "sent 0";
    }

    private String answer() throws IOException {
        if (socket.receive(into.clear(), Waiting.MS) == NetlinkSocket.TIMED_OUT) {
            return "nothing";
        }
        UlogAnswer answer = Requests.answer(into);
        return "answer " + answer.seq() + " " + answer.error() + (answer.isShortAck() ? " short" : " full");
    }
}
