package org.mirrorlog.membership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of TLS for the management port: TLS 1.3 alone, with the node's own files, for peers that have a
 * certificate of the same authority. The files are looked at again after a minute, as by those that speak to other
 * nodes; what cannot be used (it may be in the making) changes nothing.
 *
 * <p>For any thread; reads files.
 */
public final class TlsEngines implements Supplier<SSLEngine> {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEngines.class);
    private static final Duration READ_AGAIN = Duration.ofMinutes(1);
    private static final String[] CIPHERS = {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"};

    private final ClusterSettings.Tls files;
    private final LongSupplier clockNs;
    private SSLContext context;
    private List<FileTime> times = List.of();
    private long lookedAtNs;
    private String problem = "";

    /**
     * Reads the files.
     *
     * @param clockNs never goes back
     * @throws StartException they cannot be used
     */
    public TlsEngines(ClusterSettings.Tls files, LongSupplier clockNs) throws StartException {
        this.files = files;
        this.clockNs = clockNs;
        this.lookedAtNs = clockNs.getAsLong();
        read(times());
    }

    private void read(List<FileTime> asOf) throws StartException {
        TlsFiles.check(files, Instant.now());
        SSLContext made = TlsFiles.context(files);
        // Whoever comes back without a handshake of its own is asked for its certificate again after so long.
        made.getServerSessionContext().setSessionTimeout((int) READ_AGAIN.toSeconds());
        context = made;
        times = asOf;
        problem = "";
    }

    private List<FileTime> times() throws StartException {
        try {
            return List.of(Files.getLastModifiedTime(files.certificate()), Files.getLastModifiedTime(files.key()),
                    Files.getLastModifiedTime(files.authority()));
        } catch (IOException e) {
            throw new StartException("mirrorlog.cluster.tls: the files cannot be read: " + e, e);
        }
    }

    @Override
    public synchronized SSLEngine get() {
        long now = clockNs.getAsLong();
        if (now - lookedAtNs >= READ_AGAIN.toNanos()) {
            lookedAtNs = now;
            readAgain();
        }
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        engine.setEnabledProtocols(new String[] {"TLSv1.3"});
        engine.setEnabledCipherSuites(CIPHERS);
        return engine;
    }

    private void readAgain() {
        try {
            List<FileTime> now = times();
            if (!now.equals(times)) {
                read(now);
            }
        } catch (StartException e) {
            if (!problem.equals(e.getMessage())) {
                LOG.warn("the management port goes on with the former certificate: {}", e.getMessage());
            }
            problem = String.valueOf(e.getMessage());
        }
    }
}
