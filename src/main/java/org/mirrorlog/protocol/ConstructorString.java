package org.mirrorlog.protocol;

import java.util.List;
import java.util.Objects;

/**
 * The payload of CTR, parsed:
 *
 * <pre>
 * length SP "clustered-core" SP region_size [SP option]{0..2}
 * length SP "clustered-disk" SP device SP region_size [SP option]{0..2}
 * </pre>
 *
 * <p>Single blanks separate, blanks at the end count for nothing. The type word alone decides how the rest is read. A
 * NUL at the end marks the form that the kernel sends when it reconnects. Bytes are characters (ISO 8859-1).
 */
public sealed interface ConstructorString permits ConstructorString.Parsed, ConstructorString.Problem {
    /** Most bytes of the string, the NUL of the reconnect form included. */
    int MAX_BYTES = UlogCodec.MAX_REQUEST_PAYLOAD_BYTES;

    /**
     * A string that makes a log.
     *
     * @param spec what it says
     * @param isReconnect whether it ended with NUL: the kernel then has no room for a device in the reply
     * @param text the string as received, without the NUL
     * @param ignoredOptions unknown words among the options, worth a warning
     */
    record Parsed(LogSpec spec, boolean isReconnect, String text, List<String> ignoredOptions)
            implements ConstructorString {
        public Parsed {
            Objects.requireNonNull(spec, "spec");
            Objects.requireNonNull(text, "text");
            ignoredOptions = List.copyOf(ignoredOptions);
        }
    }

    /**
     * A string that does not.
     *
     * @param errno for the reply
     * @param text what is wrong, where, and what is allowed; printable
     */
    record Problem(Errno errno, String text) implements ConstructorString {
        public Problem {
            Objects.requireNonNull(errno, "errno");
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * The same for a kernel that asks: no new table has more regions than can be served. One that reconnects is
     * running, and would ask for ever.
     */
    static ConstructorString ofTable(byte[] payload) {
        ConstructorString string = parse(payload);
        boolean isTooLarge = string instanceof Parsed parsed && !parsed.isReconnect()
                && parsed.spec().regionCount() > LogSpec.MOST_REGIONS;
        return isTooLarge ? new Problem(Errno.EINVAL, ((Parsed) string).spec().regionCount()
                + " regions; allowed: at most " + LogSpec.MOST_REGIONS + ", take a larger region_size") : string;
    }

    /** Parses the payload of a CTR request. Never throws, whatever the bytes. */
    static ConstructorString parse(byte[] payload) {
        return new ConstructorParser(payload).parse();
    }
}
