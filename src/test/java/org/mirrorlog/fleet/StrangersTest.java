package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.OperatorOrders;

/**
 * Two nodes that speak TLS, and daemons that must not become the third: a clear line for each, and the two write on.
 */
@Tag("cluster")
@Timeout(240)
class StrangersTest {
    private static final String NOT_STARTED = "1\n";
    private static final int PORT = 25520;

    private static Fleet fleet;

    @BeforeAll
    static void start() throws Exception {
        fleet = Fleet.startWithTls(2, "akka.remote.artery.ssl.rotating-keys-engine.ssl-context-cache-ttl=1s");
        fleet.activate(Fleet.coreTable());
        Fleet.makeCerts(fleet.certs(), fleet.net().host(3));
    }

    @AfterAll
    static void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @BeforeEach
    void write() {
        fleet.write(2);
        fleet.awaitWrites(10);
    }

    @AfterEach
    void shouldWriteOn() {
        fleet.awaitWrites(10);
        fleet.audit("a stranger");
    }

    private static String[] with(String... own) {
        return own;
    }

    private static String[] tlsAnd(Path certs, String... own) {
        String[] tls = Fleet.tls(certs, fleet.net().host(3));
        String[] all = java.util.Arrays.copyOf(tls, tls.length + own.length);
        System.arraycopy(own, 0, all, tls.length, own.length);
        return all;
    }

    private static void assertRefused(String said, String line) {
        assertTrue(said.startsWith(NOT_STARTED) && said.contains("mirrorlogd: cannot start: ")
                && said.contains(line), said);
    }

    @Test
    void shouldRefuseANodeOfAnotherCluster() {
        String said = fleet.stranger(3, tlsAnd(fleet.certs(), "-Dmirrorlog.cluster-name=other"));

        assertRefused(said, "the cluster there is not \"other\" (mirrorlog.cluster-name)");
    }

    @Test
    void shouldRefuseANodeWithTheNameOfAnotherThatIsAliveD16() {
        String said = fleet.stranger(3, tlsAnd(fleet.certs(), "-Dmirrorlog.node-name=" + fleet.node(2).name()));

        assertRefused(said, "mirrorlog.node-name: the node at akka://mirrorlog@" + fleet.node(2).host() + ":" + PORT
                + " has the same name");
    }

    @Test
    void shouldRefuseANodeThatServesTheKernelOfAnotherD16() {
        String said = fleet.stranger(3, tlsAnd(fleet.certs(), "-Dmirrorlog.node-name=three",
                "-Dmirrorlog.kernel.boot-id=" + fleet.node(1).bootId()));

        assertRefused(said, "serves the same kernel (" + fleet.node(1).bootId() + ")");
    }

    @Test
    void shouldRefuseACertificateOfAnotherAuthority() throws Exception {
        Path others = fleet.certs().resolveSibling("other-certs");
        Fleet.makeCerts(others, fleet.net().host(3));

        assertRefused(fleet.stranger(3, tlsAnd(others)), "certificate");
    }

    @Test
    void shouldRefuseANodeWithoutCertificate() {
        assertRefused(fleet.stranger(3, with()), "mirrorlog.cluster.tls");
    }

    @Test
    void shouldRefuseAnExpiredCertificate() throws Exception {
        Path expired = fleet.certs().resolveSibling("expired-certs");
        Files.createDirectories(expired);
        Files.copy(fleet.certs().resolve("ca.pem"), expired.resolve("ca.pem"));
        Files.copy(fleet.certs().resolve("ca-key.pem"), expired.resolve("ca-key.pem"));
        Fleet.makeCerts(expired, fleet.net().host(3), "--days", "-1");

        assertRefused(fleet.stranger(3, tlsAnd(expired)), ".pem has expired: it was valid until");
    }

    @Test
    void shouldWriteOnDuringASiegeOfEachListener() throws Exception {
        FleetNode node = fleet.node(fleet.owner());

        Siege.lay(fleet, Siege.Gate.management(node), Siege.Gate.operators(node), Siege.Gate.remotingWithTls(node));
        for (int i = 0; i < 20; i++) {
            serial(node.host()); // a whole handshake, without a certificate
        }

        assertEquals(0, fleet.node(1).exits().size() + fleet.node(2).exits().size());
        assertEquals(200, OperatorOrders.send(node.dataDir().resolve("operator.sock"), "GET", "/mirrorlog/logs",
                "text/plain", "").statusCode());
    }

    @Test
    void shouldTakeRenewedCertificatesWithoutARestart() throws Exception {
        String host = fleet.node(1).host();
        BigInteger before = serial(host);

        Fleet.makeCerts(fleet.certs(), host);

        X509Certificate renewed = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(
                new ByteArrayInputStream(Files.readAllBytes(fleet.certs().resolve(host + ".pem"))));
        assertNotEquals(before, renewed.getSerialNumber());
        fleet.await("the renewed certificate to be used", () -> serial(host).equals(renewed.getSerialNumber()));
        // Connections from now on: the other node comes back over them.
        fleet.node(2).kill();
        fleet.node(2).start();
        fleet.node(2).awaitReady();
        assertEquals(0, fleet.node(1).exits().size());
    }

    /** Of the certificate that the node shows to whoever connects. */
    private static BigInteger serial(String host) throws IOException, GeneralSecurityException {
        X509Certificate[] shown = {null};
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[] {new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {
                throw new IllegalStateException("not a server");
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {
                shown[0] = chain[0];
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        }}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(host, PORT)) {
            socket.startHandshake();
        }
        return shown[0].getSerialNumber();
    }
}
