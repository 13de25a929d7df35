package org.mirrorlog.membership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Nodes that start, stop and lose each other around one row, in one thread: {@link StartRule} and {@link StayRule} as
 * shipped, and a plain model of the rest (Akka takes a starter up through a member that it reaches; of a cluster that
 * has fallen apart the larger side goes on, of two equal ones that with the lowest node, and the others are started
 * again). A tick is four seconds.
 */
final class StartStage {
    private static final Duration TICK = Duration.ofSeconds(4);
    /** Far more ticks than an expiry and a merger take. */
    private static final int LONG = 24;

    /** What befalls the nodes. */
    enum Kind { START, STOP, KILL, CUT, HEAL, BLIND, SEE, FREE, FORGET, WAIT }

    record Op(Kind kind, int node) {
        @Override
        public String toString() {
            return kind + (kind.ordinal() < Kind.FREE.ordinal() ? "-" + node : "");
        }
    }

    /** What may be planted. */
    enum Hole { NONE, FOUNDS_BESIDE_THE_LIVING, WAITS_FOR_ALL_SEEDS, STAYS_BESIDE_ANOTHER, JOINS_WITHOUT_ENTERING }

    private enum Life { OFF, STARTING, MEMBER }

    private static final class Node {
        private Life life = Life.OFF;
        private long start;
        private boolean isCut;
        private boolean isBlind;
        private String founded = "";
        private int freeTicks;
        private String id = "";
        private boolean wasNamed;
        private boolean wasMissed;
        /** Of its cluster, by index; empty unless it is a member. */
        private Set<Integer> cluster = new TreeSet<>();
    }

    private final Node[] nodes;
    private final Random random;
    private final Hole hole;
    private Optional<String> row = Optional.empty();
    private Duration left = Duration.ZERO;
    private long starts;
    private boolean mayBeTwo;

    StartStage(int count, Hole hole, Random random) {
        this.nodes = IntStream.range(0, count).mapToObj(i -> new Node()).toArray(Node[]::new);
        this.hole = hole;
        this.random = random;
    }

    /** The same, from now on apart; chance begins anew. */
    StartStage copy() {
        StartStage copy = new StartStage(nodes.length, hole, new Random(1));
        for (int i = 0; i < nodes.length; i++) {
            Node from = nodes[i];
            Node to = copy.nodes[i];
            to.life = from.life;
            to.start = from.start;
            to.isCut = from.isCut;
            to.isBlind = from.isBlind;
            to.founded = from.founded;
            to.freeTicks = from.freeTicks;
            to.id = from.id;
            to.wasNamed = from.wasNamed;
            to.wasMissed = from.wasMissed;
            to.cluster = new TreeSet<>(from.cluster);
        }
        copy.row = row;
        copy.left = left;
        copy.starts = starts;
        copy.mayBeTwo = mayBeTwo;
        return copy;
    }

    /** The same for two that go on alike: starts and clusters are told apart, but by no names. */
    String key() {
        Map<String, String> names = new HashMap<>();
        String all = mayBeTwo + " " + this;
        return Pattern.compile("start [0-9]+|#[0-9a-f]+|\\b[cd][0-9]+").matcher(all).replaceAll(found -> {
            String text = found.group();
            String plain = text.startsWith("#") ? "start " + Long.parseUnsignedLong(text.substring(1), 16) : text;
            return names.computeIfAbsent(plain, name -> "<" + names.size() + ">");
        });
    }

    /** All that may be done with so many nodes. */
    static List<Op> ops(int count) {
        List<Op> ops = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            int of = kind.ordinal() < Kind.FREE.ordinal() ? count : 1;
            IntStream.range(0, of).forEach(i -> ops.add(new Op(kind, i)));
        }
        return ops;
    }

    // --- what befalls them ----------------------------------------------------------------------------------------

    /** Whether that changes anything. */
    boolean isUseful(Op op) {
        Node node = nodes[op.node()];
        switch (op.kind()) {
            case START:
                return node.life == Life.OFF;
            case STOP, KILL:
                return node.life != Life.OFF;
            case CUT:
                return !node.isCut && nodes.length > 1;
            case HEAL:
                return node.isCut;
            case BLIND:
                return !node.isBlind;
            case SEE:
                return node.isBlind;
            default:
                return true;
        }
    }

    /** It happens, and a tick goes by; or many. */
    void happen(Op op) {
        Node node = nodes[op.node()];
        switch (op.kind()) {
            case START -> begin(node);
            case STOP -> stop(op.node());
            case KILL -> end(op.node());
            case CUT -> node.isCut = true;
            case HEAL -> node.isCut = false;
            case BLIND -> node.isBlind = true;
            case SEE -> node.isBlind = false;
            case FREE -> free();
            case FORGET -> row = Optional.empty();
            default -> IntStream.range(0, LONG / 2).forEach(i -> tick());
        }
        // Whoever cannot write is taken for gone; an order and a loss may make two: these are to come together.
        mayBeTwo |= op.kind() == Kind.BLIND || op.kind() == Kind.FREE || op.kind() == Kind.FORGET;
        tick();
    }

    private void begin(Node node) {
        node.life = Life.STARTING;
        node.start = ++starts;
        node.founded = "";
        node.freeTicks = 0;
        node.id = "";
        node.wasNamed = false;
        node.wasMissed = false;
        node.cluster = new TreeSet<>();
    }

    private void end(int i) {
        nodes[i].life = Life.OFF;
        nodes[i].cluster = new TreeSet<>();
    }

    /** In order: the others know that it is gone, and it strikes itself out. */
    private void stop(int i) {
        Set<Integer> others = nodes[i].cluster;
        Seat seat = seat(i);
        others.stream().filter(other -> other != i).forEach(other -> nodes[other].cluster.remove(i));
        if (!nodes[i].isBlind && view() instanceof RowView.Living living
                && living.cluster().members().contains(seat)) {
            row = Optional.of(living.cluster().without(seat.address()).text());
        }
        end(i);
    }

    private void free() {
        if (view() instanceof RowView.Living living) {
            row = Optional.of(LivingCluster.of(living.cluster().id(), Set.of()).text());
            left = RowView.LIFE;
        }
    }

    // --- what they do ---------------------------------------------------------------------------------------------

    private void tick() {
        left = left.minus(TICK);
        breakApart();
        List<Integer> order = IntStream.range(0, nodes.length).boxed().collect(Collectors.toList());
        Collections.shuffle(order, random);
        for (int i : order) {
            if (nodes[i].life == Life.STARTING) {
                start(i);
            } else if (nodes[i].life == Life.MEMBER) {
                stay(i);
            }
        }
        check();
    }

    private boolean reach(int a, int b) {
        return a == b || !nodes[a].isCut && !nodes[b].isCut && nodes[b].life != Life.OFF;
    }

    private Set<Integer> side(int i) {
        return nodes[i].cluster.stream().filter(other -> nodes[other].cluster.contains(i) && reach(i, other))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The cluster decides who goes on; those who do not are started again. */
    private void breakApart() {
        List<Set<Integer>> before = new ArrayList<>();
        for (int i = 0; i < nodes.length; i++) {
            before.add(nodes[i].life == Life.MEMBER ? side(i) : Set.of());
        }
        for (int i = 0; i < nodes.length; i++) {
            Set<Integer> all = nodes[i].cluster;
            Set<Integer> side = before.get(i);
            if (nodes[i].life == Life.MEMBER && side.size() < all.size()) {
                boolean isLarger = 2 * side.size() > all.size()
                        || 2 * side.size() == all.size() && side.contains(all.iterator().next());
                boolean isOfTwo = all.size() == 2 && all.stream().allMatch(other -> other.equals(side.iterator().next())
                        || nodes[other].life != Life.MEMBER);
                if (isLarger || isOfTwo) {
                    nodes[i].cluster = new TreeSet<>(side);
                } else {
                    begin(nodes[i]);
                }
            }
        }
    }

    private Seat seat(int i) {
        return new Seat("n" + i + ":1", nodes[i].start);
    }

    private static int index(String address) {
        return Integer.parseInt(address.substring(1, address.indexOf(':')));
    }

    private RowView view() {
        return RowView.of(row, left);
    }

    private StartRule.Step step(int i) {
        Node node = nodes[i];
        Set<String> answering = IntStream.range(0, nodes.length).filter(other -> other != i && reach(i, other))
                .mapToObj(other -> "n" + other + ":1").collect(Collectors.toSet());
        Set<String> seeds = IntStream.range(0, nodes.length).mapToObj(other -> "n" + other + ":1")
                .collect(Collectors.toSet());
        RowView view = view();
        if (hole == Hole.FOUNDS_BESIDE_THE_LIVING && view instanceof RowView.Living living
                && living.cluster().addresses().stream().noneMatch(answering::contains)) {
            return new StartRule.Found();
        }
        StartRule.Step step = StartRule.next(new StartRule.Look(seat(i), node.founded, view, answering, seeds,
                node.freeTicks > 1));
        if (hole == Hole.WAITS_FOR_ALL_SEEDS && step instanceof StartRule.Found
                && answering.size() < nodes.length - 1) {
            return new StartRule.Wait(new TreeSet<>(seeds));
        }
        if (hole == Hole.JOINS_WITHOUT_ENTERING && step instanceof StartRule.Enter) {
            return new StartRule.Join(new TreeSet<>(answering));
        }
        return step;
    }

    private void start(int i) {
        Node node = nodes[i];
        if (node.isBlind) {
            return;
        }
        node.freeTicks = view() instanceof RowView.Free ? node.freeTicks + 1 : 0;
        StartRule.Step step = step(i);
        if (step instanceof StartRule.StrikeOut strike) {
            row = Optional.of(strike.left().text());
        } else if (step instanceof StartRule.Enter enter) {
            row = Optional.of(enter.with().text());
        } else if (step instanceof StartRule.Join join) {
            join.addresses().stream().map(StartStage::index).filter(other -> nodes[other].life == Life.MEMBER)
                    .findFirst().ifPresent(other -> restore(other, i));
        } else if (step instanceof StartRule.Found) {
            check("founded beside the living", !(view() instanceof RowView.Living living)
                    || living.cluster().members().isEmpty()
                    || living.cluster().members().equals(Set.of(seat(i))));
            node.founded = "c" + node.start;
            row = Optional.of(LivingCluster.of(node.founded, Set.of(seat(i))).text());
            left = RowView.LIFE;
            node.life = Life.MEMBER;
            node.cluster = new TreeSet<>(Set.of(i));
        }
    }

    /** Only where all members reach each other; else it is tried again. */
    private void restore(int through, int i) {
        Set<Integer> all = nodes[through].cluster;
        boolean isWhole = all.stream().allMatch(other -> reach(through, other) && reach(i, other)
                && nodes[other].cluster.equals(all));
        if (isWhole) {
            Set<Integer> grown = new TreeSet<>(all);
            grown.add(i);
            nodes[i].life = Life.MEMBER;
            grown.forEach(other -> nodes[other].cluster = new TreeSet<>(grown));
        }
    }

    private void stay(int i) {
        Node node = nodes[i];
        if (node.isBlind) {
            return;
        }
        Set<Seat> members = node.cluster.stream().map(this::seat).collect(Collectors.toSet());
        boolean isWriter = side(i).iterator().next() == i;
        StayRule.Step step = StayRule.next(new StayRule.Own(node.id, seat(i), members, isWriter, node.wasNamed,
                node.wasMissed), view());
        node.wasMissed = step instanceof StayRule.Missed;
        if (step instanceof StayRule.End && hole != Hole.STAYS_BESIDE_ANOTHER) {
            begin(node);
        } else if (step instanceof StayRule.Write write) {
            node.id = write.id().isEmpty() ? "d" + node.start : write.id();
            row = Optional.of(LivingCluster.of(node.id, write.members()).text());
            left = RowView.LIFE;
            node.wasNamed = true;
        } else if (step instanceof StayRule.Stay stay) {
            node.id = stay.id();
            node.wasNamed |= view() instanceof RowView.Living living
                    && living.cluster().members().contains(seat(i));
        }
    }

    // --- what must hold -------------------------------------------------------------------------------------------

    private static void check(String what, boolean holds) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private Set<Set<Integer>> clusters() {
        Set<Set<Integer>> all = new HashSet<>();
        Arrays.stream(nodes).filter(node -> node.life == Life.MEMBER).forEach(node -> all.add(node.cluster));
        return all;
    }

    /** Two that know nothing of each other only come of an order, of a loss, or of a journal that was out of reach. */
    private void check() {
        long apart = clusters().stream().filter(one -> clusters().stream()
                .noneMatch(other -> other != one && !Collections.disjoint(one, other))).count();
        check("two clusters beside each other: " + this, mayBeTwo || apart < 2);
    }

    /**
     * Time goes by as it is now: who waits then, waits for a row that somebody renews and whom it does not reach. Then
     * all is well again: all nodes that run are one cluster.
     */
    void settle() {
        IntStream.range(0, LONG).forEach(i -> tick());
        boolean isRenewed = view() instanceof RowView.Living living && living.cluster().addresses().stream()
                .anyMatch(address -> nodes[index(address)].life == Life.MEMBER);
        for (int i = 0; i < nodes.length; i++) {
            boolean isServed = nodes[i].life != Life.STARTING || nodes[i].isBlind;
            check("n" + i + " waits for nobody: " + this, isServed || isRenewed);
        }
        for (Node node : nodes) {
            node.isCut = false;
            node.isBlind = false;
        }
        IntStream.range(0, 2 * LONG).forEach(i -> tick());
        Set<Integer> running = IntStream.range(0, nodes.length).filter(i -> nodes[i].life != Life.OFF).boxed()
                .collect(Collectors.toSet());
        check("not one cluster in the end: " + this, running.isEmpty() || clusters().equals(Set.of(running)));
    }

    /** All that decides what comes next. */
    @Override
    public String toString() {
        return IntStream.range(0, nodes.length).mapToObj(i -> {
            Node node = nodes[i];
            return node.life + (node.isCut ? " cut" : "") + (node.isBlind ? " blind " : " ") + node.cluster + " start "
                    + node.start + " " + node.id + " " + node.wasNamed + node.wasMissed + " " + node.freeTicks
                    + node.founded;
        }).collect(Collectors.joining("; ")) + "; row " + row + " " + (left.isNegative() ? -1 : left.toSeconds())
                + " s";
    }
}
