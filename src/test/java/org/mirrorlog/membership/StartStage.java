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
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mirrorlog.journal.ClusterRow;

/**
 * Nodes that start, stop and lose each other around one row, in one thread: {@link StartRule} and {@link StayRule} as
 * shipped, and a plain model of the rest (Akka takes a starter up through a member that it reaches; of a cluster that
 * has fallen apart the larger side goes on, of two equal ones that with the lowest node, of a side only those that
 * reach all of it, and the others are started again). A tick is four seconds.
 */
final class StartStage {
    private static final Duration TICK = Duration.ofSeconds(4);
    /** Far more ticks than an expiry and a merger take. */
    private static final int LONG = 24;
    /** As long as a row lives, and a tick more. */
    private static final int OUTAGE = 6;
    private static final Duration JUMP = Duration.ofHours(1);

    /** What befalls the nodes: one of them; the way from one to another, or both ways; all of them. */
    enum Kind {
        START, STOP, KILL, CUT, HEAL, BLIND, SEE,
        /** What the one says does not reach the other. */
        DEAFEN,
        PART,
        FREE, FORGET, WAIT,
        /** The journal, for longer than a row lives. */
        AWAY, BACK,
        /** The clock of its server. */
        FORWARD, BACKWARD;

        private boolean isOfOne() {
            return ordinal() < DEAFEN.ordinal();
        }

        private boolean isOfTwo() {
            return this == DEAFEN || this == PART;
        }
    }

    record Op(Kind kind, int node, int other) {
        @Override
        public String toString() {
            return kind + (kind.isOfOne() ? "-" + node : kind.isOfTwo() ? "-" + node + "-" + other : "");
        }
    }

    /** What may be planted. */
    enum Hole {
        NONE, BELIEVES_THE_SERVERS_CLOCK, FOUNDS_BESIDE_THE_LIVING, WAITS_FOR_ALL_SEEDS, STAYS_BESIDE_ANOTHER,
        JOINS_WITHOUT_ENTERING
    }

    private enum Life { OFF, STARTING, MEMBER }

    private static final class Node {
        private Life life = Life.OFF;
        private long start;
        private boolean isBlind;
        private RowAge age = RowAge.UNSEEN;
        private String founded = "";
        private int memberlessTicks;
        private String id = "";
        private boolean wasNamed;
        private boolean wasMissed;
        /** Of its cluster, by index; empty unless it is a member. */
        private Set<Integer> cluster = new TreeSet<>();
    }

    private final Node[] nodes;
    private final Random random;
    private final Hole hole;
    /** By who says it, and to whom. */
    private final boolean[][] isCut;
    private Optional<String> row = Optional.empty();
    private long stamp;
    /** Until when the row is written for, by the server's clock, and how far that is ahead. */
    private Duration until = Duration.ZERO;
    private Duration ahead = Duration.ZERO;
    private boolean isJournalAway;
    private Duration now = Duration.ZERO;
    private long starts;
    private boolean mayBeTwo;

    StartStage(int count, Hole hole, Random random) {
        this.nodes = IntStream.range(0, count).mapToObj(i -> new Node()).toArray(Node[]::new);
        this.isCut = new boolean[count][count];
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
            to.age = from.age;
            copy.isCut[i] = isCut[i].clone();
            to.isBlind = from.isBlind;
            to.founded = from.founded;
            to.memberlessTicks = from.memberlessTicks;
            to.id = from.id;
            to.wasNamed = from.wasNamed;
            to.wasMissed = from.wasMissed;
            to.cluster = new TreeSet<>(from.cluster);
        }
        copy.row = row;
        copy.stamp = stamp;
        copy.until = until;
        copy.ahead = ahead;
        copy.isJournalAway = isJournalAway;
        copy.now = now;
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
            for (int i = 0; i < (kind.isOfOne() || kind.isOfTwo() ? count : 1); i++) {
                int from = kind == Kind.PART ? i + 1 : 0;
                for (int other = from; other < (kind.isOfTwo() ? count : from + 1); other++) {
                    if (!kind.isOfTwo() || other != i) {
                        ops.add(new Op(kind, i, other));
                    }
                }
            }
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
                return others(op.node()).anyMatch(other -> !isCut[op.node()][other] || !isCut[other][op.node()]);
            case HEAL:
                return others(op.node()).anyMatch(other -> isCut[op.node()][other] || isCut[other][op.node()]);
            case DEAFEN:
                return !isCut[op.node()][op.other()];
            case PART:
                return !isCut[op.node()][op.other()] || !isCut[op.other()][op.node()];
            case AWAY, FREE:
                return !isJournalAway;
            case BACK:
                return isJournalAway;
            case FORWARD:
                return ahead.compareTo(Duration.ZERO) <= 0;
            case BACKWARD:
                return ahead.compareTo(Duration.ZERO) >= 0;
            case BLIND:
                return !node.isBlind;
            case SEE:
                return node.isBlind;
            default:
                return true;
        }
    }

    private IntStream others(int i) {
        return IntStream.range(0, nodes.length).filter(other -> other != i);
    }

    private void cut(int i, int other, boolean is) {
        isCut[i][other] = is;
        isCut[other][i] = is;
    }

    /** It happens, and a tick goes by; or many. */
    void happen(Op op) {
        Node node = nodes[op.node()];
        switch (op.kind()) {
            case START -> begin(node);
            case STOP -> stop(op.node());
            case KILL -> end(op.node());
            case CUT -> others(op.node()).forEach(other -> cut(op.node(), other, true));
            case HEAL -> others(op.node()).forEach(other -> cut(op.node(), other, false));
            case DEAFEN -> isCut[op.node()][op.other()] = true;
            case PART -> cut(op.node(), op.other(), true);
            case BLIND -> node.isBlind = true;
            case SEE -> node.isBlind = false;
            case FREE -> free();
            case FORGET -> row = Optional.empty();
            case AWAY -> {
                isJournalAway = true;
                IntStream.range(0, OUTAGE).forEach(i -> tick());
            }
            case BACK -> isJournalAway = false;
            case FORWARD -> ahead = ahead.plus(JUMP);
            case BACKWARD -> ahead = ahead.minus(JUMP);
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
        node.age = RowAge.UNSEEN;
        node.memberlessTicks = 0;
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
        if (isSeenBy(i) && view() instanceof RowView.Living living
                && living.cluster().seats().contains(seat)) {
            row = Optional.of(living.cluster().without(seat.address()).text());
        }
        end(i);
    }

    private void free() {
        if (view() instanceof RowView.Living living) {
            write(LivingCluster.of(living.cluster().id(), Set.of()));
        }
    }

    // --- what they do ---------------------------------------------------------------------------------------------

    private void tick() {
        now = now.plus(TICK);
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

    /** Whether somebody there hears the one. */
    private boolean isHeard(int a, int b) {
        return a == b || !isCut[a][b] && nodes[b].life != Life.OFF;
    }

    /** Whether both hear each other. */
    private boolean reach(int a, int b) {
        return isHeard(a, b) && isHeard(b, a);
    }

    private boolean isSeenBy(int i) {
        return !nodes[i].isBlind && !isJournalAway;
    }

    /** Those of its cluster that it reaches, itself among them. */
    private Set<Integer> near(int i) {
        return nodes[i].cluster.stream().filter(other -> nodes[other].cluster.contains(i) && reach(i, other))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Those as well that it hears of by others. */
    private Set<Integer> side(int i) {
        Set<Integer> side = new TreeSet<>(near(i));
        for (int before = 0; before < side.size();) {
            before = side.size();
            List.copyOf(side).forEach(other -> side.addAll(near(other)));
        }
        return side;
    }

    /** The cluster decides who goes on; those who do not are started again. */
    private void breakApart() {
        List<Set<Integer>> before = new ArrayList<>();
        List<Set<Integer>> reached = new ArrayList<>();
        for (int i = 0; i < nodes.length; i++) {
            before.add(nodes[i].life == Life.MEMBER ? side(i) : Set.of());
            reached.add(nodes[i].life == Life.MEMBER ? near(i) : Set.of());
        }
        for (int i = 0; i < nodes.length; i++) {
            Set<Integer> all = nodes[i].cluster;
            Set<Integer> side = before.get(i);
            Set<Integer> whole = side.stream().filter(other -> reached.get(other).containsAll(side))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (nodes[i].life == Life.MEMBER && (side.size() < all.size() || whole.size() < side.size())) {
                boolean isLarger = 2 * side.size() > all.size()
                        || 2 * side.size() == all.size() && side.contains(all.iterator().next());
                boolean isOfTwo = all.size() == 2 && all.stream().allMatch(other -> other.equals(side.iterator().next())
                        || nodes[other].life != Life.MEMBER);
                if ((isLarger || isOfTwo) && whole.contains(i)) {
                    nodes[i].cluster = whole;
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

    private Duration left() {
        return until.minus(now.plus(ahead));
    }

    /** As a member reads it. */
    private RowView view() {
        return RowView.of(row, left());
    }

    /** As a starter counts it. */
    private RowView view(int i) {
        ClusterRow.Seen seen = new ClusterRow.Seen(row, stamp, left());
        return hole == Hole.BELIEVES_THE_SERVERS_CLOCK ? view() : RowView.of(row, nodes[i].age.left(seen));
    }

    private void write(LivingCluster cluster) {
        row = Optional.of(cluster.text());
        stamp++;
        until = now.plus(ahead).plus(RowView.LIFE);
    }

    private StartRule.Step step(int i) {
        Node node = nodes[i];
        Set<String> answering = others(i).filter(other -> isHeard(i, other)).mapToObj(other -> "n" + other + ":1")
                .collect(Collectors.toSet());
        Set<String> seeds = IntStream.range(0, nodes.length).mapToObj(other -> "n" + other + ":1")
                .collect(Collectors.toSet());
        RowView view = view(i);
        if (hole == Hole.FOUNDS_BESIDE_THE_LIVING && view instanceof RowView.Living living
                && living.cluster().addresses().stream().noneMatch(answering::contains)) {
            return new StartRule.Found();
        }
        StartRule.Step step = StartRule.next(new StartRule.Look(seat(i), node.founded, view, answering, seeds,
                node.memberlessTicks > 1));
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
        if (!isSeenBy(i)) {
            node.age = node.age.unseen(now.toNanos());
            return;
        }
        node.age = node.age.seen(new ClusterRow.Seen(row, stamp, left()), now.toNanos());
        node.memberlessTicks = view(i).isMemberless() ? node.memberlessTicks + 1 : 0;
        StartRule.Step step = step(i);
        if (step instanceof StartRule.StrikeOut strike) {
            row = Optional.of(strike.left().text());
        } else if (step instanceof StartRule.Enter enter) {
            row = Optional.of(enter.with().text());
        } else if (step instanceof StartRule.Join join) {
            join.addresses().stream().map(StartStage::index)
                    .filter(other -> nodes[other].life == Life.MEMBER && reach(i, other)).findFirst()
                    .ifPresent(other -> restore(other, i));
        } else if (step instanceof StartRule.Found) {
            check("founded beside the living", !(view(i) instanceof RowView.Living living)
                    || living.cluster().members().isEmpty()
                    || living.cluster().seats().equals(Set.of(seat(i))));
            node.founded = "c" + node.start;
            write(LivingCluster.of(node.founded, Set.of(seat(i))));
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
        if (!isSeenBy(i)) {
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
            write(LivingCluster.of(node.id, write.members()));
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
        for (int i = 0; i < LONG && !(isWhole() && isAtRest()); i++) {
            tick();
        }
        boolean isRenewed = view() instanceof RowView.Living living && living.cluster().addresses().stream()
                .anyMatch(address -> nodes[index(address)].life == Life.MEMBER);
        for (int i = 0; i < nodes.length; i++) {
            boolean isServed = nodes[i].life != Life.STARTING || !isSeenBy(i);
            check("n" + i + " waits for nobody: " + this, isServed || isRenewed);
        }
        isJournalAway = false;
        for (int i = 0; i < nodes.length; i++) {
            nodes[i].isBlind = false;
            Arrays.fill(isCut[i], false);
        }
        for (int i = 0; i < 2 * LONG && !isAtRest(); i++) {
            tick();
        }
        Set<Integer> running = running();
        check("not one cluster in the end: " + this, running.isEmpty() || clusters().equals(Set.of(running)));
    }

    private Set<Integer> running() {
        return IntStream.range(0, nodes.length).filter(i -> nodes[i].life != Life.OFF).boxed()
                .collect(Collectors.toSet());
    }

    /** Whether all hear each other and the journal. */
    private boolean isWhole() {
        return !isJournalAway && Arrays.stream(nodes).noneMatch(node -> node.isBlind)
                && IntStream.range(0, nodes.length).allMatch(i -> others(i).noneMatch(other -> isCut[i][other]));
    }

    /** One cluster, which the row names as each of its members does: from now on it is only renewed. */
    private boolean isAtRest() {
        Set<Integer> running = running();
        if (running.isEmpty()) {
            return true;
        }
        Set<Seat> seats = running.stream().map(this::seat).collect(Collectors.toSet());
        return clusters().equals(Set.of(running)) && view() instanceof RowView.Living living
                && living.cluster().seats().equals(seats) && living.cluster().members().equals(seats)
                && running.stream().map(i -> nodes[i]).allMatch(node -> node.wasNamed && !node.wasMissed
                        && node.id.equals(living.cluster().id()));
    }

    /** All that decides what comes next. */
    @Override
    public String toString() {
        return IntStream.range(0, nodes.length).mapToObj(i -> {
            Node node = nodes[i];
            return node.life + " not to " + others(i).filter(other -> isCut[i][other]).boxed().toList()
                    + (node.isBlind ? " blind " : " ") + node.cluster + " start " + node.start + " " + node.id + " "
                    + node.wasNamed + node.wasMissed + " " + Math.min(node.memberlessTicks, 2) + node.founded
                    + seen(node);
        }).collect(Collectors.joining("; ")) + (isJournalAway ? "; no journal" : "") + "; row " + row + " "
                + (left().compareTo(RowView.LIFE) > 0 || left().isNegative() ? Math.floorDiv(left().toSeconds(),
                        JUMP.toSeconds()) + " h" : left().toSeconds() + " s") + ", ahead " + ahead.toHours();
    }

    private String seen(Node node) {
        if (node.life != Life.STARTING) {
            return "";
        }
        boolean isLast = node.age.stamp().equals(OptionalLong.of(stamp));
        long unchangedS = Math.min(Duration.ofNanos(node.age.lookedNs() - node.age.sinceNs()).toSeconds(),
                RowView.LIFE.toSeconds());
        return (node.age.stamp().isEmpty() ? " unseen" : isLast ? " seen for " + unchangedS : " seen before")
                + (node.age.wasAway() ? " with an outage" : "");
    }
}
