package org.mirrorlog.owner;

import java.util.Objects;

/**
 * The owner of a log asks every node what it has heard of it, before it believes its journal. Each that knows says so
 * with {@link OwnerCommand.HeardAnswer}.
 *
 * @param uuid of the log
 * @param replyTo that owner
 */
public record HeardQuestion(String uuid, Recipient<OwnerCommand> replyTo) {
    /** What builds that answer it tell at least ({@link Builds}). */
    public static final int FORMAT = 1;

    public HeardQuestion {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(replyTo, "replyTo");
    }
}
