package org.mirrorlog.owner;

/**
 * Who is told something by an owner, or asks it: an actor in a daemon ({@link ActorRecipient}).
 *
 * @param <T> what it is told
 */
public interface Recipient<T> {
    /** Sends; the message may get lost. Never blocks. */
    void tell(T message);

    /** Whether it is on another node. */
    boolean isElsewhere();
}
