package org.mirrorlog.membership;

import akka.pki.pem.DERPrivateKeyLoader;
import akka.pki.pem.PEMDecoder;
import akka.pki.pem.PEMLoadingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a node's certificate before it is used: a peer that refuses it could only say that something is wrong. The
 * files are read again with new connections, once a minute ({@link FreshTls}).
 */
public final class TlsFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
    private static final String BLOCK = "mirrorlog.cluster.tls.";
    private static final char[] NO_PASSWORD = {};
    private static final Duration SOON = Duration.ofDays(30);
    private static final byte[] PROBE = "mirrorlogd".getBytes(StandardCharsets.US_ASCII);

    private TlsFiles() {
    }

    /**
     * Makes sure that the three files belong together and are valid now.
     *
     * @throws StartException they are not; the message names key, file and what is allowed
     */
    public static void check(ClusterSettings.Tls files, Instant now) throws StartException {
        X509Certificate certificate = certificate("certificate", files.certificate());
        X509Certificate authority = signer(certificate, files.authority());
        refuseOutOfDate("authority", files.authority(), authority, now);
        refuseOutOfDate("certificate", files.certificate(), certificate, now);
        if (!isSigned(certificate, authority)) {
            throw bad("certificate", files.certificate(),
                    "is not signed by the authority in " + files.authority() + " ("
                    + authority.getSubjectX500Principal() + ")", null);
        }
        try {
            // RSA or EC: the certificate's own kind of key.
            String algorithm = "EC".equals(certificate.getPublicKey().getAlgorithm())
                    ? "SHA256withECDSA" : "SHA256withRSA";
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(privateKey(files.key()));
            signing.update(PROBE);
            byte[] signature = signing.sign();
            signing.initVerify(certificate);
            signing.update(PROBE);
            if (!signing.verify(signature)) {
                throw bad("key", files.key(), "is not the key of the certificate in " + files.certificate(), null);
            }
        } catch (GeneralSecurityException e) {
            throw bad("key", files.key(),
                    "is not the key of the certificate in " + files.certificate() + " (" + e.getMessage()
                    + ")", e);
        }
    }

    /** Which of the authorities in a file has signed a certificate; the first one if none has. */
    private static X509Certificate signer(X509Certificate certificate, Path authorities) throws StartException {
        List<X509Certificate> all = certificates("authority", authorities);
        return all.stream().filter(authority -> isSigned(certificate, authority)).findFirst().orElse(all.get(0));
    }

    private static boolean isSigned(X509Certificate certificate, X509Certificate authority) {
        try {
            certificate.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static void refuseOutOfDate(String key, Path file, X509Certificate certificate, Instant now)
            throws StartException {
        try {
            certificate.checkValidity(Date.from(now));
        } catch (CertificateExpiredException e) {
            throw bad(key, file, "has expired: it was valid until " + certificate.getNotAfter().toInstant()
                    + " and it is " + now + " here; deploy/make-certs renews it", e);
        } catch (CertificateNotYetValidException e) {
            throw bad(key, file, "is valid only from " + certificate.getNotBefore().toInstant() + " and it is " + now
                    + " here; is the clock right?", e);
        }
        Instant end = certificate.getNotAfter().toInstant();
        if (end.isBefore(now.plus(SOON))) {
            LOG.warn("{}{} {} expires on {}", BLOCK, key, file, end);
        }
    }

    /**
     * What a look at the files has found.
     *
     * @param wrong what is wrong with them, or soon will be; those that cannot be read now may be in the making
     * @param ends when this node's certificate ends, and that of its authority, by these words; those that can be read
     */
    public record Found(List<Concern> wrong, Map<String, Instant> ends) { }

    /** Looks at both certificates. */
    public static Found look(ClusterSettings.Tls files, Instant now) {
        List<Concern> wrong = new ArrayList<>();
        Map<String, Instant> ends = new TreeMap<>();
        Map.of("certificate", files.certificate(), "authority", files.authority()).forEach((word, file) -> {
            try {
                X509Certificate own = certificate("certificate", files.certificate());
                Instant end = (file.equals(files.authority()) ? signer(own, file) : own).getNotAfter().toInstant();
                ends.put(word, end);
                if (end.isBefore(now.plus(SOON))) {
                    wrong.add(new Concern(HealthCode.CERTIFICATE_EXPIRES, file.toString(), "it is valid until " + end));
                }
            } catch (StartException e) {
                wrong.add(new Concern(HealthCode.CERTIFICATE_EXPIRES, file.toString(), String.valueOf(e.getMessage())));
            }
        });
        return new Found(wrong, ends);
    }

    /**
     * Who has these files, and trusts whom an authority of theirs has signed, and nobody else.
     *
     * @throws StartException a file is not what it should be
     */
    static SSLContext context(ClusterSettings.Tls files) throws StartException {
        try {
            KeyStore own = emptyStore();
            own.setKeyEntry("node", privateKey(files.key()), NO_PASSWORD,
                    new Certificate[] {certificate("certificate", files.certificate())});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, NO_PASSWORD);
            // In a store with the key the node's own certificate would be an authority as well.
            KeyStore others = emptyStore();
            for (X509Certificate authority : certificates("authority", files.authority())) {
                others.setCertificateEntry("authority-" + others.size(), authority);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(others);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new StartException("mirrorlog.cluster.tls: the files cannot be used: " + e.getMessage(), e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, NO_PASSWORD);
        } catch (IOException e) {
            throw new IllegalStateException("an empty key store needs no I/O", e);
        }
        return store;
    }

    /** The first one. */
    static X509Certificate certificate(String key, Path file) throws StartException {
        return certificates(key, file).get(0);
    }

    /** At least one. */
    private static List<X509Certificate> certificates(String key, Path file) throws StartException {
        try {
            byte[] bytes = Files.readAllBytes(file);
            List<X509Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes)).stream()
                    .map(X509Certificate.class::cast).toList();
            if (found.isEmpty()) {
                throw bad(key, file, "holds no certificate in PEM", null);
            }
            return found;
        } catch (IOException e) {
            throw bad(key, file, "cannot be read: " + e, e);
        } catch (GeneralSecurityException e) {
            throw bad(key, file, "holds no certificate in PEM: " + e.getMessage(), e);
        }
    }

    static PrivateKey privateKey(Path file) throws StartException {
        try {
            return DERPrivateKeyLoader.load(PEMDecoder.decode(Files.readString(file, StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            throw bad("key", file, "cannot be read: " + e, e);
        } catch (PEMLoadingException e) {
            throw bad("key", file, "holds no private key in PEM: " + e.getMessage(), e);
        }
    }

    private static StartException bad(String key, Path file, String why, Exception cause) {
        return new StartException(BLOCK + key + ": " + file + " " + why, cause);
    }
}
