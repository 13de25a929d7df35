package org.mirrorlog.simulation;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.mirrorlog.emulator.EmulatedMachine;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.owner.DeathList;

/**
 * What a state is as far as its future goes: all objects that it consists of, walked from the cluster, whatever lambda
 * holds them, without names, clocks and counters. Two states that are alike have the same form; machines change places
 * where they are alike.
 */
final class CanonicalForm {
    private static final int BOOTS = 8;
    private static final int DATA = 512;
    private static final long LOCAL = 1_000_000;

    private final FieldSorts sorts = new FieldSorts();
    private static final Pattern RUN = Pattern.compile("n\\d+-boot\\d+");
    private static final Pattern COUNTED = Pattern.compile("jvm\\d+|#\\d+");
    private static final Pattern MACHINE = Pattern.compile("n\\d");

    /** Words without a name in them. */
    private final Map<String, Long> plainWords = new HashMap<>();
    private final Map<String, Long> words = new HashMap<>();
    private Tokens out = new Tokens();
    private Map<Object, Long> seen;
    /** Not null: what only the event at hand has been seen to hold. */
    private Map<Object, Long> local;
    private Exploration world;
    private int[] order;
    /** Whose rounds and daemon starts are meant. */
    private int run;
    private long nowMs;
    /** What numbers in a collection are. */
    private FieldSorts.Sort boxed = FieldSorts.Sort.PLAIN;
    private int nextSeq;
    private int oldestSeq;

    private long first;
    private long second;

    long first() {
        return first;
    }

    long second() {
        return second;
    }

    /** The least over all orders of machines that are alike. */
    void take(Exploration of, boolean isSymmetric) {
        world = of;
        boolean isFirst = true;
        for (int[] each : isSymmetric ? orders(of.sim().machines().size())
                : List.of(identity(of.sim().machines().size()))) {
            order = each;
            walk();
            out.hash();
            if (isFirst || Long.compare(out.first(), first) < 0) {
                first = out.first();
                second = out.second();
            }
            isFirst = false;
        }
    }

    private static int[] identity(int size) {
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        return order;
    }

    private static List<int[]> orders(int size) {
        List<int[]> all = new ArrayList<>();
        permute(identity(size), 0, all);
        return all;
    }

    private static void permute(int[] order, int from, List<int[]> all) {
        if (from == order.length) {
            all.add(order.clone());
            return;
        }
        for (int i = from; i < order.length; i++) {
            int[] next = order.clone();
            next[from] = order[i];
            next[i] = order[from];
            permute(next, from + 1, all);
        }
    }

    /** The numbers of the last state that was taken, for comparing two by eye. */
    Tokens tokens() {
        return out;
    }

    // --- the whole

    private void walk() {
        Simulation sim = world.sim();
        out.clear();
        words.clear();
        seen = new IdentityHashMap<>(512);
        local = null;
        List<Integer> counts = new ArrayList<>();
        world.count(order, counts);
        counts.forEach(out::add);
        for (int index : order) {
            machine(sim.machines().get(index));
        }
        out.add(-10);
        Mirror mirror = world.mirror();
        visit(mirror.truth());
        out.add(sim.journal().isCurrent(mirror.uuid()) ? 1 : 0);
        visitFields(sim.placement());
        visitFields(mirror.storage());
        visitFields(mirror.workload());
        visitFields(mirror.disk());
        visit(mirror.checkers());
        visit(sim.deaths().declared());
        visit(sim.armed());
        events();
    }

    private void machine(Machine machine) {
        run = runOf(machine.incarnation());
        out.add(-11);
        EmulatedMachine kernel = machine.kernel();
        if (kernel == null) {
            out.add(-12);
        } else {
            nextSeq = kernel.nextSeq();
            oldestSeq = kernel.oldestSeq();
            nowMs = machine.kernelNowMs();
            seen.put(kernel, (long) seen.size());
            visitFields(kernel);
        }
        out.add(-13);
        machine.daemon().ifPresent(daemon -> {
            nowMs = daemon.nowMs();
            seen.put(daemon, (long) seen.size());
            visitFields(daemon);
            visit(daemon.deaths().declared());
            daemon.ownerOf(world.mirror().uuid()).ifPresent(this::visit);
        });
        out.add(-14);
        visitFields(machine);
    }

    private void events() {
        List<Tokens> all = new ArrayList<>();
        Tokens whole = out;
        for (PendingEvents.Choice choice : world.events().unordered()) {
            all.add(event(choice));
        }
        all.sort(Tokens::compareTo);
        List<Tokens> wire = new ArrayList<>();
        for (PendingEvents.Choice choice : world.events().onWire()) {
            wire.add(event(choice));
        }
        out = whole;
        all.forEach(out::addAll);
        out.add(-15);
        wire.forEach(out::addAll);
    }

    private Tokens event(PendingEvents.Choice choice) {
        out = new Tokens();
        local = new IdentityHashMap<>();
        out.add(choice.kind().ordinal());
        if (choice.action() instanceof EventQueue.Passing passing) {
            clocksOf(passing.where());
        }
        visit(choice.action());
        local = null;
        return out;
    }

    private void clocksOf(Machine machine) {
        run = runOf(machine.incarnation());
        machine.daemon().ifPresent(daemon -> nowMs = daemon.nowMs());
        if (machine.isUp()) {
            nextSeq = machine.kernel().nextSeq();
            oldestSeq = machine.kernel().oldestSeq();
        }
    }

    // --- one value

    private void visit(Object value) {
        if (value == null) {
            out.add(-1);
        } else if (value instanceof String text) {
            out.add(word(text));
        } else if (value instanceof Number number) {
            visit(number);
        } else if (value instanceof Boolean flag) {
            out.add(flag ? 1 : 0);
        } else if (value instanceof Enum<?> constant) {
            out.add(constant.ordinal());
        } else if (value instanceof RegionSet regions) {
            visit(regions);
        } else if (value instanceof Optional<?> optional) {
            out.add(optional.isPresent() ? 1 : 0);
            optional.ifPresent(this::visit);
        } else if (!isKnownPart(value)) {
            visitObject(value);
        }
    }

    private void visit(Number number) {
        if (number instanceof AtomicLong counter) {
            out.add(counter.get(), Tokens.ROUND + run);
        } else {
            out.add(number.longValue(), number instanceof Long && boxed == FieldSorts.Sort.VERSION
                    ? Tokens.VERSION : Tokens.PLAIN);
        }
    }

    private void visit(RegionSet regions) {
        long[] mask = {0};
        regions.forEach(region -> mask[0] |= 1L << region);
        out.add(mask[0]);
    }

    /** What is walked at its own place, or is not part of the state. */
    private boolean isKnownPart(Object value) {
        if (value instanceof Machine machine) {
            out.add(-100 - position(machine));
        } else if (value instanceof Daemon daemon && seen.get(daemon) == null) {
            out.add(-3);
        } else if (value instanceof Owner owner && owner.isStopped()) {
            out.add(-4);
        } else if (value instanceof EmulatedMachine kernel && seen.get(kernel) == null) {
            out.add(-5);
        } else if (value instanceof Mirror || value instanceof Simulation || value instanceof Journal
                || value instanceof Workload || value instanceof Storage || value instanceof LogDisk
                || value instanceof Network || value instanceof Residences || value instanceof EventQueue
                || value instanceof Operator || value instanceof OperatorDeaths || value instanceof DeathList
                || value instanceof Plan || value instanceof Dice || value instanceof Trace
                || value instanceof Faults || value instanceof Class) {
            out.add(-6);
        } else {
            return false;
        }
        return true;
    }

    private int position(Machine machine) {
        int index = world.sim().machines().indexOf(machine);
        for (int i = 0; i < order.length; i++) {
            if (order[i] == index) {
                return i;
            }
        }
        throw new IllegalStateException("no machine of this world: " + machine);
    }

    private void visitObject(Object value) {
        FieldSorts.Type type = sorts.of(value.getClass());
        if (!type.isRecord()) {
            Long known = seen.get(value);
            known = known == null && local != null ? local.get(value) : known;
            if (known != null) {
                out.add(-1_000 - known);
                return;
            }
            if (local != null) {
                local.put(value, LOCAL + local.size());
            } else {
                seen.put(value, (long) seen.size());
            }
        }
        if (value.getClass().isArray()) {
            visitArray(value);
        } else if (value instanceof Map<?, ?> map) {
            visitMap(map);
        } else if (value instanceof PriorityQueue<?> queue) {
            visitAll(queue.stream().sorted().toList());
        } else if (value instanceof Set<?> set && !(value instanceof java.util.LinkedHashSet)) {
            visitSorted(set);
        } else if (value instanceof Collection<?> collection) {
            visitAll(collection);
        } else if (value instanceof CompletableFuture<?> future) {
            out.add(future.isDone() ? 1 : 0);
        } else if (value instanceof Duration || value instanceof UUID || value instanceof java.util.BitSet) {
            out.add(value.hashCode());
        } else {
            out.add(type.number());
            visitFields(value);
        }
    }

    private void visitAll(Collection<?> values) {
        out.add(values.size());
        values.forEach(this::visit);
    }

    private void visitArray(Object array) {
        if (array instanceof byte[] bytes) {
            out.add(bytes.length);
            if (bytes.length > 0 && bytes.length % DATA == 0) {
                for (int at = 0; at < bytes.length; at += DATA) {
                    out.add(ByteBuffer.wrap(bytes).getLong(at), Tokens.VERSION);
                }
            } else {
                out.add(Arrays.hashCode(bytes));
            }
            return;
        }
        int length = Array.getLength(array);
        out.add(length);
        for (int i = 0; i < length; i++) {
            visit(Array.get(array, i));
        }
    }

    private Tokens apart(Object value) {
        Tokens whole = out;
        out = new Tokens();
        visit(value);
        Tokens key = out;
        out = whole;
        return key;
    }

    private void visitSorted(Set<?> values) {
        List<Tokens> all = new ArrayList<>();
        values.forEach(value -> all.add(apart(value)));
        all.sort(Tokens::compareTo);
        out.add(all.size());
        all.forEach(out::addAll);
    }

    private void visitMap(Map<?, ?> map) {
        List<Map.Entry<Tokens, Map.Entry<?, ?>>> entries = new ArrayList<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Object key = entry.getKey();
            entries.add(Map.entry(boxed == FieldSorts.Sort.SEQ ? seqApart((Integer) key) : apart(key), entry));
        }
        entries.sort(Map.Entry.comparingByKey(Tokens::compareTo));
        out.add(entries.size());
        int before = run;
        for (Map.Entry<Tokens, Map.Entry<?, ?>> entry : entries) {
            Object key = entry.getValue().getKey();
            run = key instanceof InstanceId id ? runOf(id.incarnation())
                    : key instanceof String text && text.contains("-boot") ? runOf(text) : run;
            out.addAll(entry.getKey());
            Object value = entry.getValue().getValue();
            if (key instanceof InstanceId && value instanceof Long session) {
                out.add(session, Tokens.LOG_NUMBER);
            } else {
                visit(value);
            }
        }
        run = before;
    }

    private Tokens seqApart(int seq) {
        Tokens key = new Tokens();
        key.add(seq - nextSeq);
        return key;
    }

    // --- fields

    private void visitFields(Object value) {
        FieldSorts.Type of = sorts.of(value.getClass());
        if (of.fields() == null) {
            throw new IllegalStateException("a state holds a " + value.getClass());
        }
        int before = run;
        FieldSorts.Sort around = boxed;
        try {
            boolean isIdle = of.busy() != null && of.busy().getInt(value) == 0;
            for (FieldSorts.Known known : of.fields()) {
                if (isIdle && known.isOfBusy()) {
                    continue;
                }
                Class<?> type = known.field().getType();
                if (type == long.class || type == int.class) {
                    add(known.field().getLong(value), known);
                } else if (type == boolean.class) {
                    out.add(known.field().getBoolean(value) ? 1 : 0);
                } else if (type.isPrimitive()) {
                    out.add(known.field().getByte(value));
                } else {
                    Object part = known.field().get(value);
                    run = of.isRecord() && part instanceof InstanceId id ? runOf(id.incarnation()) : run;
                    boxed = known.sort();
                    visit(part);
                }
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        run = before;
        boxed = around;
    }

    private void add(long value, FieldSorts.Known known) {
        switch (known.sort()) {
            case LOG_NUMBER: out.add(value, Tokens.LOG_NUMBER); break;
            case ROUND: out.add(value, Tokens.ROUND + run); break;
            case START: out.add(value, Tokens.START + run); break;
            case TERM: out.add(value, Tokens.TERM); break;
            case VERSION: out.add(value, Tokens.VERSION); break;
            case GAPS: out.add(value, Tokens.GAPS); break;
            case SEQ: out.add(Math.max((int) value - nextSeq, oldestSeq - 1 - nextSeq)); break;
            case AGE: out.add(value == Long.MIN_VALUE ? -1 : nowMs - value < known.oldMs() ? 0 : 1); break;
            case TO_COME:
                long wait = value <= nowMs ? 0 : value - nowMs;
                out.add(wait == 0 ? 0 : wait <= 250 ? 1 : wait <= 2_000 ? 2 : wait <= 3_000 ? 3 : 4);
                break;
            case TURN: out.add(value % (order.length < 3 ? order.length : 6)); break;
            case FEW: out.add(Math.min(value, 4)); break;
            default: out.add(value);
        }
    }

    /** A number for each run of each kernel, the same whoever is called first. */
    private int runOf(String incarnation) {
        int boot = incarnation.indexOf("-boot");
        for (int i = 0; i < order.length; i++) {
            Machine machine = world.sim().machines().get(order[i]);
            if (boot == machine.name().length() && incarnation.startsWith(machine.name())) {
                int back = machine.boots() - Integer.parseInt(incarnation.substring(boot + 5));
                return i * BOOTS + Math.min(back, BOOTS - 1);
            }
        }
        return 0;
    }

    /** A name of a machine, or of one of its runs, is its place; what only counts, counts for nothing. */
    private long word(String text) {
        Long known = plainWords.get(text);
        known = known == null ? words.get(text) : known;
        if (known != null) {
            return known;
        }
        if (!MACHINE.matcher(text).find()) {
            long plain = COUNTED.matcher(text).replaceAll("").hashCode();
            plainWords.put(text, plain);
            return plain;
        }
        long named = RUN.matcher(text).matches() ? -200L - runOf(text) : placed(text);
        words.put(text, named);
        return named;
    }

    private long placed(String text) {
        String plain = COUNTED.matcher(text).replaceAll("");
        for (int i = 0; i < order.length; i++) {
            plain = plain.replace(world.sim().machines().get(order[i]).name(), "<" + i + '>');
        }
        return plain.hashCode();
    }
}
