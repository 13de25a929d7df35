package org.mirrorlog.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Certificates;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Limits;
import org.mirrorlog.settings.ClusterSettings;

@Timeout(120)
class TlsEnginesTest {
    private static final String NODE = "127.0.0.1";

    @TempDir
    private Path certs;

    private final AtomicLong clockNs = new AtomicLong();

    /** Which certificate a door shows to who comes now. */
    private BigInteger shown(Door door) throws Exception {
        try (SSLSocket socket = (SSLSocket) Certificates.client(certs, Optional.of("observer-bob")).getSocketFactory()
                .createSocket(NODE, door.address().getPort())) {
            socket.setSoTimeout(60_000);
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
        }
    }

    @Test
    void shouldShowARenewedCertificateWithinAMinuteAndTheFormerWhileTheFilesCannotBeUsed() throws Exception {
        Certificates.make(certs, "--observer", "bob", NODE);
        TlsEngines engines = new TlsEngines(new ClusterSettings.Tls(certs.resolve(NODE + ".pem"),
                certs.resolve(NODE + "-key.pem"), certs.resolve("ca.pem")), clockNs::get);
        try (Door door = Door.open(new Door.Place(new InetSocketAddress(InetAddress.getByName(NODE), 0), Limits.USUAL,
                Optional.of(engines)), new Door.Pages(request -> Optional.empty(), request ->
                CompletableFuture.completedStage(HttpReply.error(404, "nothing"))), System::nanoTime)) {
            BigInteger first = shown(door);

            Files.writeString(certs.resolve(NODE + ".pem"), "half of a certif");
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(61));
            assertEquals(first, shown(door), "while it is in the making");

            Certificates.make(certs, NODE);
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(59));
            assertEquals(first, shown(door), "it is looked at once a minute");
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(2));
            assertNotEquals(first, shown(door));
        }
    }
}
