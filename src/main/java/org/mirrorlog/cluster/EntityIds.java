package org.mirrorlog.cluster;

/**
 * What a log is called in sharding: as itself, but for the one name that means something else where an actor is looked
 * for by its path. Messages to such an owner would go to its parent's parent.
 */
final class EntityIds {
    private static final String PARENT = "..";
    /** No log has it in its name, so that no other one has the id. */
    private static final String ESCAPE = "\0";

    private EntityIds() {
    }

    static String of(String uuid) {
        return uuid.equals(PARENT) ? ESCAPE + uuid : uuid;
    }

    /** The log of an id; also of the one that older builds use. */
    static String logOf(String entityId) {
        return entityId.equals(ESCAPE + PARENT) ? PARENT : entityId;
    }
}
