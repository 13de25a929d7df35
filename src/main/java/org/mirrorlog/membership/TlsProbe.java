package org.mirrorlog.membership;

import akka.actor.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;

/** Finds out why another node and this one do not get on: Akka tries again and says little. */
final class TlsProbe {
    private static final int CONNECT_MS = (int) Duration.ofSeconds(2).toMillis();
    /** With TLS 1.3 the server's refusal of our certificate arrives after the handshake. */
    private static final int REFUSAL_MS = (int) Duration.ofSeconds(1).toMillis();

    private final SSLContext context;

    /** @throws StartException a file is not what it should be */
    TlsProbe(ClusterSettings.Tls files) throws StartException {
        context = TlsFiles.context(files);
    }

    /**
     * Why a seed and this node do not get on, going on from "the seed"; empty if they do, or nobody is there. Takes as
     * long as the name service does, and some seconds.
     *
     * @param own with this node's files; empty: it has none
     */
    static Optional<String> whyStrange(Optional<TlsProbe> own, Address seed) {
        String host = seed.getHost().orElseThrow();
        int port = seed.getPort().orElseThrow();
        if (own.isEmpty()) {
            return isSpokenAt(host, port) ? Optional.of(seed + " speaks TLS, so this node needs it, too"
                    + " (deploy/make-certs)") : Optional.empty();
        }
        return own.get().problem(host, port).map(problem -> seed + " and this node do not trust each other: " + problem
                + "; allowed are certificates of one authority that share a subject name");
    }

    /** Whether TLS is spoken there, by whomever it is; not if nobody is there. */
    private static boolean isSpokenAt(String host, int port) {
        try {
            SSLContext any = SSLContext.getInstance("TLSv1.3");
            any.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
            try (SSLSocket socket = (SSLSocket) any.getSocketFactory().createSocket()) {
                socket.connect(new InetSocketAddress(host, port), CONNECT_MS);
                socket.setSoTimeout(CONNECT_MS);
                socket.startHandshake();
                return true;
            } catch (SSLException e) {
                return e.getMessage() != null && e.getMessage().contains("fatal alert");
            } catch (IOException e) {
                return false;
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS 1.3", e);
        }
    }

    /** For a look, never for data. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this is no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // Whoever it is: it has spoken TLS.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** What the two hold against each other; empty if nothing, or if nobody is there. */
    private Optional<String> problem(String host, int port) {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket()) {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MS);
            socket.setSoTimeout(CONNECT_MS);
            socket.startHandshake();
            socket.setSoTimeout(REFUSAL_MS);
            socket.getInputStream().read();
            return Optional.empty();
        } catch (SSLException e) {
            boolean isTheirs = e.getMessage() != null && e.getMessage().contains("fatal alert");
            return Optional.of((isTheirs ? "it refuses this node's certificate (" : "its certificate is refused here (")
                    + e.getMessage() + ")");
        } catch (SocketTimeoutException e) {
            return Optional.empty(); // no refusal came
        } catch (IOException e) {
            return Optional.empty(); // nobody there, which is not TLS's fault
        }
    }
}
