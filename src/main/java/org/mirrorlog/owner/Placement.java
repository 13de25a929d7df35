package org.mirrorlog.owner;

import java.util.List;
import java.util.function.Supplier;
import org.mirrorlog.log.FromOwner;

/** What an owner asks of whoever places it. No method blocks; any of them may get lost. */
public interface Placement {
    /** The log belongs on the node of this instance now, whoever owns it at this moment: hand it over there. */
    void move(String uuid, Recipient<FromOwner> user);

    /** The log is where it belongs: this owner serves it. */
    void stay(String uuid);

    /** This owner ends, because no table uses the log; whatever was kept for its next owner may go. */
    default void ended(String uuid) {
        // Nothing is kept.
    }

    /** Sends a round that this owner will not answer to the next one. */
    void pass(String uuid, OwnerCommand.Ask ask);

    /**
     * An owner of the log is here.
     *
     * @param whenDrained told to look anew where it may be, on any thread
     */
    default void came(String uuid, Runnable whenDrained) {
        // Nobody drains this node.
    }

    /** It is not here any more. */
    default void went(String uuid, Runnable whenDrained) {
        // Nobody drains this node.
    }

    /**
     * The log is where it may be. Should this node be drained, it may as well be with one of these incarnations, of
     * which the first are the best.
     */
    default void offer(String uuid, Supplier<List<String>> users) {
        // Nobody drains this node.
    }

    /** An owner that stays where it is. */
    Placement NONE = new Placement() {
        @Override
        public void move(String uuid, Recipient<FromOwner> user) {
            // Nobody to hand over to.
        }

        @Override
        public void stay(String uuid) {
            // Nobody asks.
        }

        @Override
        public void pass(String uuid, OwnerCommand.Ask ask) {
            // It comes again by itself.
        }
    };
}
