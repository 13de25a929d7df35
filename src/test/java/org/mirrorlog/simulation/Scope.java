package org.mirrorlog.simulation;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How much may happen in an exploration; every number is a budget for the whole of it unless it says otherwise.
 *
 * @param machines with one mirror
 * @param regions of it
 * @param writes of each machine, one at a time, to any region
 * @param daemonCrashes each may be followed by a start, at any time
 * @param machineCrashes each may be followed by a boot, at any time
 * @param losses of messages between daemons, or within one
 * @param doubles of such messages
 * @param moves of the owner: to any machine, also to its own; the old one stops, or lives on as a zombie
 * @param lostReplies that a kernel waits for until it asks anew
 * @param unknownAppends whose owner hears that they failed
 * @param earlyTimers that fire while something else is under way; all others fire when nothing is
 * @param isNosync the table says so, and the legs start equal
 * @param isWireFree requests and replies take steps of their own; else they run to completion
 * @param isOwnerSlow owners take a step to decide; else they decide as soon as they are asked
 * @param isSymmetric machines are alike: states that differ by their names count once
 * @param script what management does on each machine, in turn: l load, r resume, s suspend, x remove
 */
record Scope(int machines, int regions, int writes, int daemonCrashes, int machineCrashes, int losses, int doubles,
             int moves, int lostReplies, int unknownAppends, int earlyTimers, boolean isNosync, boolean isWireFree,
             boolean isOwnerSlow, boolean isSymmetric, String script) {
    /** Those that end within minutes, as differences from the calm one: each fault alone, and what else is small. */
    static final List<String> SHORT = List.of("daemonCrashes=1", "machineCrashes=1", "machineCrashes=1 isNosync=true",
            "moves=1", "losses=1", "doubles=1", "lostReplies=1", "unknownAppends=1", "earlyTimers=1", "regions=2",
            "machines=2 isNosync=true writes=0");
    /** Those that take longer. */
    static final List<String> LONG = List.of("script=lrs machineCrashes=1 isNosync=true",
            "daemonCrashes=1 machineCrashes=1", "regions=2 script=lrlr", "machines=2", "machines=2 daemonCrashes=1",
            "machines=2 moves=1", "machines=2 script=lrs", "machines=3 isNosync=true writes=0");

    /** One machine, one region, one write, and nothing that goes wrong. */
    static Scope calm() {
        return new Scope(1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, false, false, false, true, "lr");
    }

    /** The calm one with what differs: {@code machines=2 script=lrs isNosync=true}. */
    static Scope of(List<String> differences) {
        Scope scope = calm();
        for (String difference : differences) {
            String[] parts = difference.split("=", 2);
            scope = scope.with(parts[0], parts[1]);
        }
        return scope;
    }

    private Scope with(String name, String value) {
        List<Object> values = new ArrayList<>();
        List<Class<?>> types = new ArrayList<>();
        boolean isKnown = false;
        try {
            for (RecordComponent component : Scope.class.getRecordComponents()) {
                boolean isIt = component.getName().equals(name);
                isKnown |= isIt;
                types.add(component.getType());
                values.add(isIt ? parsed(component.getType(), value) : component.getAccessor().invoke(this));
            }
            if (!isKnown) {
                throw new IllegalArgumentException("no scope has " + name);
            }
            return Scope.class.getDeclaredConstructor(types.toArray(Class[]::new)).newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object parsed(Class<?> type, String value) {
        return type == int.class ? Integer.valueOf(value)
                : type == boolean.class ? Boolean.valueOf(value) : (Object) value;
    }

    Plan plan() {
        Plan.Shape shape = new Plan.Shape(false, isNosync, false, false, regions, 2, 1);
        return new Plan(machines, List.of(shape), 1, 1, 1, 1, Map.of(), Map.of());
    }
}
