package org.mirrorlog.owner;

import akka.actor.typed.ActorRef;
import java.util.Objects;

/**
 * The owner of a log that its journal does not know asks every node whether it has heard of that log. Each that knows
 * says so with {@link OwnerCommand.HeardAnswer}.
 *
 * @param uuid of the log
 * @param replyTo that owner
 */
public record HeardQuestion(String uuid, ActorRef<OwnerCommand> replyTo) {
    public HeardQuestion {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(replyTo, "replyTo");
    }
}
