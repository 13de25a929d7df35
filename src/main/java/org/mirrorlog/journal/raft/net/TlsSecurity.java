package org.mirrorlog.journal.raft.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * TLS 1.3, both sides with a certificate of one authority; a certificate speaks for the hosts and addresses among its
 * alternative names.
 */
public final class TlsSecurity implements Security {

    private static final int DNS = 2;
    private static final int ADDRESS = 7;

    private final Supplier<SSLContext> context;

    /** @param context asked with each connection, so that renewed files count */
    public TlsSecurity(Supplier<SSLContext> context) {
        this.context = context;
    }

    @Override
    public Secured secure(Socket plain, boolean isDialer) throws IOException {
        SSLSocket socket = (SSLSocket) context.get().getSocketFactory().createSocket(plain,
                plain.getInetAddress().getHostAddress(), plain.getPort(), true);
        socket.setUseClientMode(isDialer);
        socket.setEnabledProtocols(new String[] {"TLSv1.3"});
        if (!isDialer) {
            socket.setNeedClientAuth(true);
        }
        socket.startHandshake();
        Set<String> names = names((X509Certificate) socket.getSession().getPeerCertificates()[0]);
        return new Secured(socket, host -> names.contains(plainName(host)));
    }

    private static Set<String> names(X509Certificate certificate) throws IOException {
        Set<String> names = new HashSet<>();
        try {
            Collection<List<?>> given = certificate.getSubjectAlternativeNames();
            for (List<?> name : given == null ? List.<List<?>>of() : given) {
                if (name.get(0).equals(DNS) || name.get(0).equals(ADDRESS)) {
                    names.add(plainName((String) name.get(1)));
                }
            }
        } catch (CertificateParsingException e) {
            throw new IOException("the names in its certificate cannot be read", e);
        }
        return names;
    }

    /** One spelling for each name and address; nothing is looked up. */
    private static String plainName(String host) {
        String plain = host.replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
        try {
            return plain.matches("[0-9.]+") || plain.contains(":") ? InetAddress.getByName(plain).getHostAddress()
                    : plain;
        } catch (UnknownHostException e) {
            return plain;
        }
    }
}
