package org.mirrorlog.door;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * By which names this door may be asked for. A page in a browser on this machine can send requests to any name that
 * resolves to 127.0.0.1, and reads the answers if the name is its own; so names of others are not answered to.
 */
public final class OwnNames {
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(:\\d{1,5})?");
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}|\\[(0*:)+0*1]|localhost");

    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]|localhost");

    private final Set<String> names;
    private final String scheme;

    /**
     * @param names beside the loopback addresses and localhost: names and addresses of this machine
     * @param scheme how pages of ours were asked for: http or https
     */
    public OwnNames(Collection<String> names, String scheme) {
        this.scheme = scheme;
        this.names = names.stream().map(OwnNames::bare).collect(Collectors.toUnmodifiableSet());
    }

    private static String bare(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** Why the request is not answered, if it is not meant for us or comes from a page that is not ours. */
    public Optional<HttpReply> refusal(Request request) {
        Optional<String> host = request.header("host");
        if (host.isPresent() && !isOwn(host.get())) {
            return Optional.of(HttpReply
                    .error(421, "nobody of that name is here; ask for an address, such as 127.0.0.1, or"
                    + " name it in mirrorlog.management.names"));
        }
        Optional<String> origin = request.header("origin");
        boolean isOwnPage = host.isPresent() && origin.isPresent()
                && origin.get().equalsIgnoreCase(scheme + "://" + host.get());
        if (origin.isPresent() && !isOwnPage) {
            return Optional.of(HttpReply.error(403, "a page of another origin is not answered"));
        }
        return Optional.empty();
    }

    private boolean isOwn(String host) {
        return name(host).filter(name -> LOOPBACK.matcher(name).matches() || names.contains(name)).isPresent();
    }

    /** The name in a Host header, in lower case and without a dot at its end; empty if none can be read. */
    public static Optional<String> name(String host) {
        Matcher authority = AUTHORITY.matcher(host);
        return authority.matches() ? Optional.of(bare(authority.group(1))) : Optional.empty();
    }

    /** Whether that is an address, or localhost: no page of somebody else can have it for its own name. */
    public static boolean isAddress(String name) {
        return ADDRESS.matcher(name).matches();
    }
}
