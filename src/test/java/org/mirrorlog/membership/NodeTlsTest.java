package org.mirrorlog.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Certificates;
import org.mirrorlog.Commands;
import org.mirrorlog.process.StartException;

/** Two nodes whose certificates, and then their authority, are exchanged one after the other while they run. */
@Timeout(120)
class NodeTlsTest {
    private static final String ONE = "127.0.0.1";
    private static final String OTHER = "127.0.0.2";
    private static final int WAIT_MS = 30_000;

    @TempDir
    private Path dir;
    private final AtomicLong clockNs = new AtomicLong();

    /** A node with files of its own, to which what was made is carried. */
    private final class Carried {
        private final String host;
        private final Path own;
        private final NodeTls tls;

        Carried(String host) throws IOException, StartException {
            this.host = host;
            this.own = Files.createDirectory(dir.resolve("node-" + host));
            getsCertificate();
            getsAuthority();
            this.tls = new NodeTls(ConfigFactory.parseString("key-file = \"" + own.resolve(host + "-key.pem")
                    + "\"\ncert-file = \"" + own.resolve(host + ".pem") + "\"\nca-cert-file = \""
                    + own.resolve("ca.pem") + "\"\nprotocol = TLSv1.3\n"
                    + "enabled-algorithms = [TLS_AES_256_GCM_SHA384]\nssl-context-cache-ttl = 1 m"), clockNs::get);
        }

        private void copy(String file) throws IOException {
            Files.copy(certs().resolve(file), own.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            // As in an image whose files all have one time.
            Files.setLastModifiedTime(own.resolve(file), FileTime.fromMillis(0));
        }

        void getsCertificate() throws IOException {
            copy(host + "-key.pem");
            copy(host + ".pem");
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(61));
        }

        void getsAuthority() throws IOException {
            copy("ca.pem");
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(61));
        }
    }

    private Path certs() {
        return dir.resolve("certs");
    }

    /** Whether a byte comes through from one that calls to one that is called, who both accept who the other is. */
    private static boolean meets(Carried caller, Carried called) throws Exception {
        try (SSLServerSocket server = (SSLServerSocket) called.tls.get().getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getByName(ONE))) {
            server.setNeedClientAuth(true);
            server.setSoTimeout(WAIT_MS);
            CompletableFuture<Integer> heard = CompletableFuture.supplyAsync(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.setSoTimeout(WAIT_MS);
                    int got = socket.getInputStream().read();
                    return called.tls.verifyServerSession(ONE, socket.getSession()).isEmpty() ? got : -1;
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            try (SSLSocket socket = (SSLSocket) caller.tls.get().getSocketFactory()
                    .createSocket(ONE, server.getLocalPort())) {
                socket.setSoTimeout(WAIT_MS);
                socket.startHandshake();
                assertTrue(caller.tls.verifyClientSession(ONE, socket.getSession()).isEmpty());
                socket.getOutputStream().write(7);
                socket.shutdownOutput();
                return heard.get() == 7;
            } catch (IOException | ExecutionException e) {
                return false;
            }
        }
    }

    private static void assertMeet(String when, Carried one, Carried other) throws Exception {
        assertTrue(meets(one, other), when);
        assertTrue(meets(other, one), when + ", the other way round");
    }

    @Test
    void shouldGoOnWhileTheAuthorityIsExchangedAndRefuseTheFormerOneAfterwards() throws Exception {
        Certificates.make(certs(), ONE, OTHER);
        Carried one = new Carried(ONE);
        Carried other = new Carried(OTHER);
        assertMeet("before", one, other);

        Certificates.make(certs(), "--authority", "next");
        one.getsAuthority();
        assertMeet("one of them knows both authorities", one, other);
        other.getsAuthority();
        Certificates.make(certs(), ONE);
        one.getsCertificate();
        assertMeet("one of them has a new certificate, the other one a former one", one, other);
        Commands.Ended early = Commands.tryRun(List.of("deploy/make-certs", "--dir", certs().toString(), "--authority",
                "finish"));
        assertEquals(1, early.status());
        assertTrue(early.text().contains(OTHER + ".pem is signed by the former authority"), early::text);

        Certificates.make(certs(), OTHER);
        Certificates.make(certs(), "--authority", "finish");
        one.getsAuthority();
        assertFalse(meets(one, other), "who has kept its former certificate");
        assertFalse(meets(other, one), "who has kept its former certificate");
        other.getsCertificate();
        other.getsAuthority();
        assertMeet("afterwards", one, other);
    }

    @Test
    void shouldTakeARenewedCertificateAndGoOnWithTheFormerOneWhileItsFilesCannotBeUsed() throws Exception {
        Certificates.make(certs(), ONE, OTHER);
        Carried one = new Carried(ONE);
        Carried other = new Carried(OTHER);
        Certificates.make(certs(), ONE);
        one.copy(ONE + "-key.pem");
        clockNs.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertMeet("it has the key alone", one, other);
        Files.writeString(one.own.resolve("ca.pem"), "half of");
        one.getsCertificate();
        assertMeet("its authority is in the making", one, other);
        one.getsAuthority();
        assertMeet("all is there", one, other);
    }

    @Test
    void shouldRefuseToStartWithACertificateOfNoneOfItsAuthorities() throws Exception {
        Certificates.make(certs(), ONE);
        Certificates.make(dir.resolve("strange"), OTHER);
        Files.copy(dir.resolve("strange/ca.pem"), certs().resolve("ca.pem"), StandardCopyOption.REPLACE_EXISTING);

        StartException e = assertThrows(StartException.class, () -> new Carried(ONE));
        assertTrue(e.getMessage().contains("is not signed by the authority in"), e::getMessage);
    }

    @Test
    void shouldKeepKeysFromOthersAndOutOfWorkingTrees() throws Exception {
        Path tree = Files.createDirectories(dir.resolve("tree/.git")).getParent();
        ProcessBuilder make = new ProcessBuilder("deploy/make-certs", "--dir", tree.resolve("certs").toString(),
                "--cluster", "mine", ONE, OTHER).redirectErrorStream(true)
                .redirectOutput(dir.resolve("said").toFile());
        make.environment().put("HOME", dir.toString());
        assertEquals(0, make.start().waitFor(), () -> said());

        Path key = dir.resolve(".mirrorlog/mine/ca-key.pem");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        assertFalse(Files.exists(tree.resolve("certs/ca-key.pem")));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(
                tree.resolve("certs").resolve(ONE + "-key.pem"))));
        long oneEnds = TlsFiles.certificate("certificate", tree.resolve("certs").resolve(ONE + ".pem")).getNotAfter()
                .getTime();
        long otherEnds = TlsFiles.certificate("certificate", tree.resolve("certs").resolve(OTHER + ".pem"))
                .getNotAfter().getTime();
        assertTrue(oneEnds - otherEnds > TimeUnit.DAYS.toMillis(9), "they do not expire at once");
    }

    private String said() {
        try {
            return Files.readString(dir.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
