package org.mirrorlog.owner;

import org.mirrorlog.log.Commit;

/** What follows for an owner from a command. */
public sealed interface OwnerEffect {
    /** The next command. */
    enum Continue implements OwnerEffect { INSTANCE }

    /** The owner ends. Whatever still comes for it is its successor's. */
    enum Stop implements OwnerEffect { INSTANCE }

    /**
     * The commit is to be appended, right behind the history that the owner knows (D1), before the next command. Then
     * {@link OwnerCore#persisted}; if it is refused, or nobody knows, the owner ends.
     */
    record Persist(Commit commit) implements OwnerEffect { }
}
