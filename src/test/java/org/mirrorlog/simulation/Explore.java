package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Explores scopes: {@code [hole=HOLE] [states=N] [depth=N] [seconds=N] [short | hour | what differs from a calm
 * scope...]}. See deploy/check.
 */
public final class Explore {
    private static final int VIOLATED = 1;
    private static final long HOUR_S = 3_600;

    private final List<String> scopes = new ArrayList<>();
    private Hole hole = Hole.NONE;
    private long states = Long.MAX_VALUE;
    private int depth = Integer.MAX_VALUE;
    private long seconds = HOUR_S;

    private Explore(String[] args) {
        List<String> differences = new ArrayList<>();
        for (String arg : args) {
            String value = arg.substring(arg.indexOf('=') + 1);
            if (arg.equals("short")) {
                scopes.addAll(Scope.SHORT);
            } else if (arg.equals("hour")) {
                scopes.addAll(Scope.LONG);
                seconds = HOUR_S / Scope.LONG.size();
            } else if (arg.startsWith("hole=")) {
                hole = Hole.valueOf(value);
            } else if (arg.startsWith("states=")) {
                states = Long.parseLong(value);
            } else if (arg.startsWith("depth=")) {
                depth = Integer.parseInt(value);
            } else if (arg.startsWith("seconds=")) {
                seconds = Long.parseLong(value);
            } else {
                differences.add(arg);
            }
        }
        if (scopes.isEmpty()) {
            scopes.add(String.join(" ", differences));
        }
    }

    public static void main(String[] args) {
        Explore explore = new Explore(args);
        boolean isSound = true;
        for (String scope : explore.scopes) {
            isSound &= explore.explore(scope);
        }
        System.exit(isSound ? 0 : VIOLATED);
    }

    private boolean explore(String differences) {
        Scope scope = Scope.of(differences.isBlank() ? List.of() : Arrays.asList(differences.trim().split(" ")));
        long startedNs = System.nanoTime();
        Explorer.Result result = new Explorer(scope, hole, new Explorer.Bounds(states, depth, seconds)).explore();
        result.story().forEach(System.out::println);
        System.out.printf("%s: %s in %d s%n%s%n", differences.isBlank() ? "calm" : differences,
                result.story().isEmpty() ? result.hasEnded() ? "ended" : "bounded" : "violated",
                (System.nanoTime() - startedNs) / 1_000_000_000, result);
        return result.story().isEmpty();
    }
}
