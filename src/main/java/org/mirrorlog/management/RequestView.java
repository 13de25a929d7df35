package org.mirrorlog.management;

import java.util.Objects;

/**
 * A request of this machine's kernel that has no reply yet, as {@code GET /mirrorlog/requests} shows it.
 *
 * @param uuid the log
 * @param luid the table, as sixteen hexadecimal digits
 * @param type what is asked, by its name in the kernel
 * @param waitsForSeconds since its first copy came; the kernel gives a copy up after 15 s and sends another one
 * @param why what it waits for, as far as that is known
 */
public record RequestView(String uuid, String luid, String type, double waitsForSeconds, String why) {
    /** Checks that all are given. */
    public RequestView {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(luid, "luid");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(why, "why");
    }
}
