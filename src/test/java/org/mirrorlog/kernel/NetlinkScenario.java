package org.mirrorlog.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.mirrorlog.posix.NetlinkSocket;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.UlogRequest;

/**
 * The daemon's half of {@link NetlinkConnectorTest}: to be run as root in a network namespace of its own, where it
 * starts the other half, {@link PlayedKernel}. Prints {@code ok NAME} or {@code FAILED NAME: why} for each check.
 */
final class NetlinkScenario {
    private final Process kernelProcess;
    private final BufferedReader fromKernel;
    private final Writer toKernel;
    private final int kernelPort;
    private final NetlinkConnector connector;
    private final ReceiveLoop loop;
    /** The sink takes a permit for each request: taken away, it stands still. */
    private final Semaphore sinkMayRun = new Semaphore(Integer.MAX_VALUE);

    private NetlinkScenario() throws IOException {
        kernelProcess = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-Xmx64m",
                "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), PlayedKernel.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        fromKernel =
                new BufferedReader(new InputStreamReader(kernelProcess.getInputStream(), StandardCharsets.US_ASCII));
        toKernel = kernelProcess.outputWriter(StandardCharsets.US_ASCII);
        kernelPort = Integer.parseUnsignedInt(fromKernel.readLine());
        connector = NetlinkConnector.open(new NetlinkConnector.Options(kernelPort, true,
                NetlinkConnector.RECEIVE_BUFFER_BYTES, Duration.ZERO));
        ReplySender replies = new ReplySender(connector);
        loop = ReceiveLoop.start(connector, (request, from) -> answer(replies, request, from));
    }

    private void answer(ReplySender replies, UlogRequest request, Peer from) {
        sinkMayRun.acquireUninterruptibly();
        // The flood of the overrun is not answered: the other half would have to read it all.
        if (request.seq() != 0) {
            replies.send(request, Reply.number(1), from);
        }
        sinkMayRun.release();
    }

    public static void main(String[] args) throws Exception {
        NetlinkScenario scenario = new NetlinkScenario();
        try {
            check("shouldServeTheAcceptedPort", scenario::unicast);
            check("shouldServeTheGroup", scenario::group);
            check("shouldAskAgainForABrokenBody", scenario::broken);
            check("shouldDropAndCountForeignSenders", scenario::foreign);
            check("shouldServeTheKernelAloneByDefault", scenario::kernelOnly);
            check("shouldRefuseASecondDaemon", scenario::second);
            check("shouldGoOnAfterAnOverrun", scenario::overrun);
            check("shouldEndCleanly", scenario::end);
        } finally {
            scenario.kernelProcess.destroyForcibly().waitFor();
        }
    }

    /** One claim about a real socket. */
    private interface Check {
        void run() throws Exception;
    }

    private static void check(String name, Check check) {
        PrintStream out = System.out;
        try {
            check.run();
            out.println("ok " + name);
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
            out.println("FAILED " + name + ": " + e);
        }
    }

    private void unicast() throws IOException {
        expect("sent 0", tell("unicast " + port(connector) + " 101"));
        expect("answer 101 0 full", tell("answer"));
    }

    private void group() throws IOException {
        tell("group 102");
        expect("answer 102 0 full", tell("answer"));
    }

    private void broken() throws IOException {
        tell("broken " + connector.portId() + " 103");
        expect("answer 103 -11 short", tell("answer"));
        expect(1L, connector.meter().snapshot().rejectedTotal());
    }

    private void foreign() throws IOException {
        try (NetlinkSocket stranger = NetlinkSocket.bind(NetlinkSocket.PROTOCOL_CONNECTOR, 0, 0)) {
            long before = connector.meter().snapshot().foreignSenders();
            stranger.trySend(Requests.datagram(104), NetlinkSocket.Address.ofPort(connector.portId()));
            tell("unicast " + port(connector) + " 105");
            expect("answer 105 0 full", tell("answer"));
            expect(before + 1, connector.meter().snapshot().foreignSenders());
            expect(NetlinkSocket.TIMED_OUT, stranger.receive(ByteBuffer.allocateDirect(1000), 0));
        }
    }

    private void kernelOnly() throws Exception {
        NetlinkConnector strict = NetlinkConnector.open(new NetlinkConnector.Options(
                NetlinkConnector.Options.ofKernel().acceptedPortId(), false, NetlinkConnector.RECEIVE_BUFFER_BYTES,
                Duration.ZERO));
        ReceiveLoop strictLoop = ReceiveLoop.start(strict, (request, from) -> {
            throw new AssertionError("a request of another process was served");
        });
        try {
            tell("unicast " + port(strict) + " 106");
            Waiting.until("it is dropped", () -> strict.meter().snapshot().foreignSenders() == 1);
        } finally {
            strictLoop.close();
        }
        expect(0L, strict.meter().snapshot().received() + strict.meter().snapshot().loopFailures());
    }

    private void second() throws IOException {
        String refusal = refusal(() -> NetlinkConnector.open(NetlinkConnector.Options.ofKernel()).close());
        expect(true, refusal.contains("port id " + port(connector)));
        SingleInstanceLock first = SingleInstanceLock.forNetlink();
        String locked = refusal(() -> SingleInstanceLock.forNetlink().close());
        expect(true, locked.contains("process " + ProcessHandle.current().pid())
                && locked.contains("@mirrorlogd-netlink"));
        first.close();
        SingleInstanceLock.forNetlink().close();
    }

    private static String refusal(Check attempt) {
        try {
            attempt.run();
        } catch (IOException e) {
            return e.getMessage();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("a second daemon was let in");
    }

    private void overrun() throws IOException {
        sinkMayRun.acquireUninterruptibly(Integer.MAX_VALUE);
        tell("flood 30000");
        expect(0L, connector.meter().snapshot().overruns());
        sinkMayRun.release(Integer.MAX_VALUE);
        Waiting.until("the overrun is counted", () -> connector.meter().snapshot().overruns() > 0);
        // The socket counts as congested until its queue has been read to the end.
        Waiting.until("it takes datagrams again",
                () -> tellQuietly("unicast " + port(connector) + " 107").equals("sent 0"));
        expect("answer 107 0 full", tell("answer"));
        expect(true, loop.isWorking());
        long received = connector.meter().snapshot().received();
        expect(true, received > 5_000 && received < 30_000);
    }

    private void end() throws IOException {
        loop.close();
        expect(false, loop.isWorking());
        expect("sent 111", tell("unicast " + port(connector) + " 108"));
        expect(0L, connector.meter().snapshot().loopFailures() + connector.meter().snapshot().sendFailures());
    }

    private static String port(NetlinkConnector connector) {
        return Integer.toUnsignedString(connector.portId());
    }

    private String tellQuietly(String command) {
        try {
            return tell(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String tell(String command) throws IOException {
        toKernel.write(command + "\n");
        toKernel.flush();
        return fromKernel.readLine();
    }

    private static void expect(Object wanted, Object got) {
        if (!wanted.equals(got)) {
            throw new AssertionError("expected " + wanted + ", got " + got);
        }
    }
}
