package org.mirrorlog.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Who asks over TLS, and whom he believes; files in PEM, as deploy/make-certs makes them.
 *
 * @param certificate with its key, or neither
 * @param authority that has signed the daemon's certificate; empty: those that the JRE knows
 */
record Identity(Optional<Path> certificate, Optional<Path> key, Optional<Path> authority) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final char[] NO_PASSWORD = {};

    /** A file that cannot be used is a wrong use of this program. */
    SSLContext context() {
        try {
            KeyManager[] own = null;
            if (certificate.isPresent() && key.isPresent()) {
                KeyStore store = emptyStore();
                store.setKeyEntry("own", key(key.get()), NO_PASSWORD, certificates(certificate.get()));
                KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                keys.init(store, NO_PASSWORD);
                own = keys.getKeyManagers();
            }
            TrustManager[] trusted = null;
            if (authority.isPresent()) {
                KeyStore store = emptyStore();
                for (Certificate one : certificates(authority.get())) {
                    store.setCertificateEntry("authority-" + store.size(), one);
                }
                TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trust.init(store);
                trusted = trust.getTrustManagers();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own, trusted, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new CommandFailedException(Exit.USAGE, "--cert, --key, --ca: these files do not go together: "
                    + e.getMessage());
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static byte[] read(String option, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw bad(option, file, "cannot be read: " + e);
        }
    }

    private static CommandFailedException bad(String option, Path file, String why) {
        return new CommandFailedException(Exit.USAGE, option + " " + file + ": " + why);
    }

    private static Certificate[] certificates(Path file) {
        try {
            Certificate[] found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(read("--cert, --ca", file)))
                    .toArray(new Certificate[0]);
            if (found.length > 0) {
                return found;
            }
        } catch (GeneralSecurityException e) {
            // As good as a file without one.
        }
        throw bad("--cert, --ca", file, "holds no certificate in PEM");
    }

    private static PrivateKey key(Path file) {
        Matcher text = KEY.matcher(new String(read("--key", file), StandardCharsets.ISO_8859_1));
        if (text.find()) {
            PKCS8EncodedKeySpec bytes =
                    new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text.group(1)));
            for (String kind : new String[] {"RSA", "EC"}) {
                try {
                    return KeyFactory.getInstance(kind).generatePrivate(bytes);
                } catch (GeneralSecurityException e) {
                    continue; // one of another kind
                }
            }
        }
        throw bad("--key", file, "holds no private key in PEM (PKCS#8, unencrypted, RSA or EC)");
    }
}
