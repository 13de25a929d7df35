package org.mirrorlog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What deploy/make-certs makes, and clients that have it. */
public final class Certificates {
    private static final char[] NO_PASSWORD = {};

    private Certificates() {
    }

    /** Runs deploy/make-certs. */
    public static void make(Path into, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("deploy/make-certs", "--dir", into.toString()));
        command.addAll(List.of(words));
        Commands.run(command);
    }

    /** Of a client that trusts this directory's authority. */
    public static SSLContext client(Path certs, Optional<String> who) throws IOException, GeneralSecurityException {
        KeyStore own = store();
        if (who.isPresent()) {
            own.setKeyEntry("own", key(certs.resolve(who.get() + "-key.pem")), NO_PASSWORD,
                    certificates(certs.resolve(who.get() + ".pem")));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, NO_PASSWORD);
        KeyStore others = store();
        others.setCertificateEntry("authority", certificates(certs.resolve("ca.pem"))[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(others);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore store() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        try (InputStream bytes = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(bytes).toArray(new Certificate[0]);
        }
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        String text = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }
}
