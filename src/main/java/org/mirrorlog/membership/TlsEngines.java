package org.mirrorlog.membership;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;

/**
 * The server's side of TLS for the management port: TLS 1.3 alone, with the node's own files, for peers that have a
 * certificate of the same authority. The files are looked at again after a minute, as by those that speak to other
 * nodes; what cannot be used (it may be in the making) changes nothing.
 *
 * <p>For any thread; reads files.
 */
public final class TlsEngines implements Supplier<SSLEngine> {
    private static final Duration READ_AGAIN = Duration.ofMinutes(1);
    private static final String[] CIPHERS = {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"};

    private final FreshTls files;

    /**
     * Reads the files.
     *
     * @param clockNs never goes back
     * @throws StartException they cannot be used
     */
    public TlsEngines(ClusterSettings.Tls files, LongSupplier clockNs) throws StartException {
        this.files = new FreshTls(files, "the management port", READ_AGAIN, clockNs);
    }

    @Override
    public SSLEngine get() {
        SSLEngine engine = files.now().context().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        engine.setEnabledProtocols(new String[] {"TLSv1.3"});
        engine.setEnabledCipherSuites(CIPHERS);
        return engine;
    }
}
