package org.mirrorlog.owner;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import java.util.Objects;
import java.util.Optional;

/**
 * An actor that an owner answers.
 *
 * @param <T> what it understands
 */
public record ActorRecipient<T>(ActorRef<T> ref) implements Recipient<T> {
    public ActorRecipient {
        Objects.requireNonNull(ref, "ref");
    }

    @Override
    public void tell(T message) {
        ref.tell(message);
    }

    @Override
    public boolean isElsewhere() {
        return ref.path().address().host().isDefined();
    }

    /** The actor behind a recipient. */
    static <T> ActorRef<T> refOf(Recipient<T> recipient) {
        if (recipient instanceof ActorRecipient<T> actor) {
            return actor.ref;
        }
        throw new IllegalArgumentException("no actor: " + recipient);
    }

    /** The node of a recipient that is elsewhere; empty if it is on this one. */
    public static Optional<Address> nodeOf(Recipient<?> recipient) {
        return recipient.isElsewhere() ? Optional.of(refOf(recipient).path().address()) : Optional.empty();
    }
}
