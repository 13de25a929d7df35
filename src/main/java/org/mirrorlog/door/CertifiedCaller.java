package org.mirrorlog.door;

import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/**
 * Whoever has the key of a certificate that the authority has signed. Its rights are organizational units (OU) of its
 * subject.
 *
 * @param subject as RFC 2253 writes it; some hundred characters at most
 * @param serial of the certificate, in hexadecimal
 * @param address where it asks from
 */
public record CertifiedCaller(String subject, String serial, String address, boolean mayObserve, boolean mayOperate)
        implements Caller {
    /** Who has this unit may look. */
    public static final String OBSERVE = "mirrorlog-observe";
    /** Who has this one may order as well. */
    public static final String OPERATE = "mirrorlog-operate";
    private static final int MOST_SUBJECT_CHARACTERS = 200;

    static CertifiedCaller of(X509Certificate certificate, String address) {
        String subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        Set<String> units = units(subject);
        boolean mayOperate = units.contains(OPERATE);
        return new CertifiedCaller(subject.substring(0, Math.min(subject.length(), MOST_SUBJECT_CHARACTERS)),
                certificate.getSerialNumber().toString(16), address, mayOperate || units.contains(OBSERVE), mayOperate);
    }

    /** A name that cannot be read has none. */
    private static Set<String> units(String subject) {
        Set<String> units = new HashSet<>();
        try {
            for (Rdn part : new LdapName(subject).getRdns()) {
                if (part.size() == 1 && "OU".equals(part.getType().toUpperCase(Locale.ROOT))) {
                    units.add(String.valueOf(part.getValue()));
                }
            }
            return units;
        } catch (InvalidNameException e) {
            return Set.of();
        }
    }

    @Override
    public String toString() {
        return "certificate " + subject + " (serial " + serial + "), at " + address;
    }
}
