package org.mirrorlog.membership;

import akka.actor.ActorSystem;
import akka.remote.artery.tcp.SSLEngineProvider;
import akka.remote.artery.tcp.ssl.PeerSubjectVerifier;
import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;
import scala.Option;

/**
 * TLS between nodes: as Akka's provider that takes new keys while it runs, with its settings; but the file of the
 * authority may hold several, each of which is trusted, so that one can take the place of another node by node. Both
 * sides show a certificate, and share a subject name.
 *
 * <p>Made by Akka, by its name; and by what else speaks with other nodes, for its {@link #get context}. For any thread.
 */
public final class NodeTls implements SSLEngineProvider, Supplier<SSLContext> {
    private static final String SETTINGS = "akka.remote.artery.ssl.rotating-keys-engine";

    private final FreshTls files;
    private final String[] protocols;
    private final String[] ciphers;

    /**
     * Called by Akka.
     *
     * @throws StartException the files cannot be used
     */
    public NodeTls(ActorSystem system) throws StartException {
        this(system.settings().config().getConfig(SETTINGS), System::nanoTime);
    }

    /**
     * The same.
     *
     * @param settings the block of Akka's provider
     * @param clockNs never goes back
     */
    NodeTls(Config settings, LongSupplier clockNs) throws StartException {
        this.files = new FreshTls(new ClusterSettings.Tls(Path.of(settings.getString("cert-file")),
                Path.of(settings.getString("key-file")), Path.of(settings.getString("ca-cert-file"))),
                "what speaks with other nodes", settings.getDuration("ssl-context-cache-ttl"), clockNs);
        this.protocols = new String[] {settings.getString("protocol")};
        this.ciphers = settings.getStringList("enabled-algorithms").toArray(String[]::new);
    }

    /** For a connection that is made now. */
    @Override
    public SSLContext get() {
        return files.now().context();
    }

    @Override
    public SSLEngine createServerSSLEngine(String hostname, int port) {
        SSLEngine engine = engine(hostname, port);
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        return engine;
    }

    @Override
    public SSLEngine createClientSSLEngine(String hostname, int port) {
        SSLEngine engine = engine(hostname, port);
        engine.setUseClientMode(true);
        return engine;
    }

    private SSLEngine engine(String hostname, int port) {
        SSLEngine engine = get().createSSLEngine(hostname, port);
        engine.setEnabledProtocols(protocols);
        engine.setEnabledCipherSuites(ciphers);
        return engine;
    }

    @Override
    public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
        return new PeerSubjectVerifier(files.now().own()).verifyClientSession(hostname, session);
    }

    @Override
    public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
        return new PeerSubjectVerifier(files.now().own()).verifyServerSession(hostname, session);
    }
}
