package org.mirrorlog.management;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;

/**
 * One kernel table that uses a log.
 *
 * @param node name of the machine
 * @param luid the kernel's number for the table, as sixteen hexadecimal digits (it is an address: too wide for a JSON
 *     number)
 * @param state the instance's state, in words: constructed, joining, active, presuspended, leaving, suspended
 * @param marks how many regions the instance holds marked
 * @param trouble why its requests wait at present; null, and then not in the JSON, for a table that is served
 * @param waiting how many of its requests have no reply yet; null, and then not in the JSON, for one of another machine
 * @param waitsForSeconds since when the oldest of them waits; likewise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record InstanceView(String node, String luid,
        String state, long marks, String trouble, Integer waiting,
        Double waitsForSeconds) {
    /** A table that is served. */
    public InstanceView(String node, String luid, String state, long marks) {
        this(node, luid, state, marks, null, null, null);
    }

    /** Checks that all names are given. */
    public InstanceView {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(luid, "luid");
        Objects.requireNonNull(state, "state");
    }

    /** An instance with its luid as a number. */
    public static InstanceView of(String node, long luid, String state, long marks) {
        return new InstanceView(node, hex(luid), state, marks);
    }

    /** A luid as JSON shows it. */
    public static String hex(long luid) {
        return String.format("%016x", luid);
    }

    /** The same, not served for this reason. */
    public InstanceView in(String reason) {
        return new InstanceView(node, luid, state, marks, reason, waiting, waitsForSeconds);
    }

    /** The same, of this machine, with so many requests that wait, the oldest for so long. */
    public InstanceView waiting(int requests, double seconds) {
        return new InstanceView(node, luid, state, marks, trouble, requests, seconds);
    }
}
