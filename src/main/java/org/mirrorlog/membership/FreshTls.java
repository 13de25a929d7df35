package org.mirrorlog.membership;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's files for TLS, as they are now: they are looked at again after a while, when somebody asks. What cannot be
 * used (it may be in the making) changes nothing.
 *
 * <p>For any thread; reads files.
 */
final class FreshTls {
    private static final Logger LOG = LoggerFactory.getLogger(FreshTls.class);

    private final ClusterSettings.Tls files;
    private final String who;
    private final Duration again;
    private final LongSupplier clockNs;
    private Read read;
    private long lookedAtNs;
    private String problem = "";

    /**
     * What was read.
     *
     * @param context with the node's key, for peers that one of its authorities has signed
     * @param own the node's certificate
     */
    record Read(SSLContext context, X509Certificate own, List<ByteBuffer> digests) { }

    /**
     * Reads the files.
     *
     * @param who uses them, for people
     * @param again after so long they are looked at again
     * @param clockNs never goes back
     * @throws StartException they cannot be used
     */
    FreshTls(ClusterSettings.Tls files, String who, Duration again, LongSupplier clockNs) throws StartException {
        this.files = files;
        this.who = who;
        this.again = again;
        this.clockNs = clockNs;
        this.lookedAtNs = clockNs.getAsLong();
        this.read = read(digests());
    }

    private Read read(List<ByteBuffer> digests) throws StartException {
        TlsFiles.check(files, Instant.now());
        SSLContext context = TlsFiles.context(files);
        // Whoever comes back without a handshake of its own is asked for its certificate again after so long.
        context.getServerSessionContext().setSessionTimeout((int) Math.max(1, again.toSeconds()));
        return new Read(context, TlsFiles.certificate("certificate", files.certificate()), digests);
    }

    /** Of what is in the files: their times may have been set, and their inodes be used again. */
    private List<ByteBuffer> digests() throws StartException {
        try {
            return List.of(digest(files.certificate()), digest(files.key()), digest(files.authority()));
        } catch (IOException e) {
            throw new StartException("mirrorlog.cluster.tls: the files cannot be read: " + e, e);
        }
    }

    private static ByteBuffer digest(Path file) throws IOException {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For a connection that is made now. */
    synchronized Read now() {
        long now = clockNs.getAsLong();
        if (now - lookedAtNs >= again.toNanos()) {
            lookedAtNs = now;
            lookAgain();
        }
        return read;
    }

    private void lookAgain() {
        try {
            List<ByteBuffer> now = digests();
            if (!now.equals(read.digests())) {
                read = read(now);
            }
            problem = "";
        } catch (StartException e) {
            if (!problem.equals(e.getMessage())) {
                LOG.warn("{} goes on with the former certificate: {}", who, e.getMessage());
            }
            problem = String.valueOf(e.getMessage());
        }
    }
}
