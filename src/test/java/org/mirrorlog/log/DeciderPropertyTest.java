package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

/** Any rounds of up to three machines lead where the plain rules lead, answer for answer and set for set. */
class DeciderPropertyTest {
    private enum Act { RESUME, LEAVE, FORGET, REBOOT, RESTART, MARK, CLEAR, NEXT, SYNCED, FAILED, WRITE,
            WRITE_HALTED, COUNT }

    /** One step: who does what where. */
    private record Step(int machine, Act act, long region) { }

    /** The two logs side by side. */
    private static final class Pair {
        final LogStage stage = new LogStage();
        final PlainLog plain;
        final boolean isNosync;
        final LogStage.Table[] tables = new LogStage.Table[3];
        private final String[] names = new String[3];
        private int boots;

        Pair(boolean isNosync) {
            this.isNosync = isNosync;
            this.plain = new PlainLog(LogStage.REGIONS, isNosync);
            for (int i = 0; i < tables.length; i++) {
                boot(i);
            }
        }

        private void boot(int machine) {
            names[machine] = "boot-" + machine + "." + ++boots;
            tables[machine] = tables[machine] == null ? stage.machine(machine + "." + boots)
                    : stage.rebooted(tables[machine], names[machine]);
        }

        void play(Step step) {
            LogStage.Table table = tables[step.machine()];
            String name = names[step.machine()];
            PlainLog.Table state = plain.tables.get(name);
            boolean isActive = state != null && state.isActive;
            if (step.act() == Act.RESUME) {
                resume(table, name);
            } else if (step.act() == Act.FORGET && state != null && !isActive) {
                table.forget();
                plain.forget(name);
            } else if (step.act() == Act.REBOOT) {
                stage.dies(table);
                plain.die(name);
                boot(step.machine());
            } else if (isActive) {
                playActive(step, table, name);
            }
            assertSame();
        }

        private void resume(LogStage.Table table, String name) {
            plain.resume(name);
            Answer.Joined joined = table.resume(isNosync ? LogStage.nosync() : LogStage.fresh());
            assertEquals(plain.unsynced, set(joined.unsynced()));
            assertEquals(plain.tables.get(name).grants, set(joined.grants()));
        }

        private void playActive(Step step, LogStage.Table table, String name) {
            long region = step.region();
            switch (step.act()) {
                case LEAVE -> {
                    table.leave();
                    plain.leave(name);
                }
                case RESTART -> {
                    table.daemonRestarts();
                    Member held = table.member();
                    table.rejoin(isNosync ? LogStage.nosync() : LogStage.fresh(), held.marks(), held.hint(),
                            held.grants());
                }
                case MARK -> assertEquals(plain.mark(name, region),
                        table.ask(new Ask.Mark(RegionSet.of(region))) instanceof Answer.Done);
                case CLEAR -> {
                    table.clear(region);
                    plain.clear(name, region);
                }
                case NEXT -> next(table, name);
                case SYNCED -> assertEquals(new Answer.SyncSet(plain.setSync(name, region, true)),
                        table.reportSync(region, true));
                case FAILED -> assertEquals(new Answer.SyncSet(plain.setSync(name, region, false)),
                        table.reportSync(region, false));
                case WRITE -> assertEquals(plain.mayWrite(name, region, false), verdict(table.mayWrite(region)));
                case WRITE_HALTED -> assertEquals(plain.mayWrite(name, region, true),
                        verdict(table.mayWriteWhileSuspending(region)));
                case COUNT -> assertEquals(plain.allInSync(name),
                        table.ask(new Ask.SyncCount()) instanceof Answer.AllInSync);
                default -> { }
            }
        }

        /** Which region is the decider's choice; whether there is any, and that it may be chosen, is not. */
        private void next(LogStage.Table table, String name) {
            boolean hasWork = plain.hasWorkFor(name);
            Optional<Long> own = name.equals(plain.recoverer) ? Optional.of(plain.copied) : Optional.empty();
            Answer answer = table.nextResync();
            assertEquals(hasWork, answer instanceof Answer.Work, "work for " + name);
            if (answer instanceof Answer.Work work) {
                assertTrue(own.map(copied -> copied == work.region())
                        .orElseGet(() -> plain.mayRecover(name, work.region())),
                        "region " + work.region() + " for " + name);
                plain.assign(name, work.region());
            }
        }

        private static String verdict(Answer answer) {
            return answer instanceof Answer.Write write ? write.isGrant() ? "grant" : "go" : "wait";
        }

        private void assertSame() {
            LogState log = stage.log;
            assertEquals(plain.dirty, set(log.dirty()), "dirty");
            assertEquals(plain.unsynced, set(log.unsynced()), "unsynced");
            assertEquals(plain.unsyncedByDeath, set(log.unsyncedByDeath()), "unsynced by a death");
            assertEquals(plain.abandoned, set(log.abandoned()), "abandoned");
            assertEquals(plain.orphanedMarks, set(log.orphanedMarks()), "orphaned marks");
            assertEquals(Optional.ofNullable(plain.recoverer).map(name -> name + " " + plain.copied),
                    log.recovery().map(r -> r.recoverer().incarnation() + " " + r.region()), "recovery");
            Map<String, String> members = new TreeMap<>();
            log.members()
                    .forEach((id, m) -> members.put(id.incarnation(), m.isActive() + " hint " + m.hint() + " marks "
                    + set(m.marks()) + " grants " + set(m.grants())));
            Map<String, String> expected = new TreeMap<>();
            plain.tables.forEach((name, t) -> expected.put(name, t.isActive + " hint " + t.hint + " marks " + t.marks
                    + " grants " + t.grants));
            assertEquals(expected, members, "members");
        }

        private static Set<Long> set(RegionSet regions) {
            Set<Long> set = new TreeSet<>();
            regions.forEach(set::add);
            return set;
        }
    }

    @Property(tries = 1_500, edgeCases = EdgeCasesMode.NONE)
    void shouldDecideAsThePlainRulesDo(@ForAll boolean isNosync, @ForAll("plays") List<Step> play) {
        Pair pair = new Pair(isNosync);

        // Compares the two after each step.
        play.forEach(pair::play);
    }

    /** A check that the sides can differ at all: the plain log misses one clear. */
    @Test
    void shouldSeeAClearThatOnlyOneSideTakes() {
        Pair pair = new Pair(true);
        pair.play(new Step(0, Act.RESUME, 0));
        pair.play(new Step(0, Act.MARK, 3));
        pair.tables[0].clear(3);

        assertThrows(AssertionError.class, () -> pair.play(new Step(0, Act.COUNT, 0)));
    }

    @Provide
    Arbitrary<List<Step>> plays() {
        Arbitrary<Act> acts = Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.just(Act.RESUME)), Tuple.of(2, Arbitraries.of(Act.LEAVE,
                        Act.FORGET, Act.RESTART)), Tuple.of(1, Arbitraries.just(Act.REBOOT)),
                Tuple.of(8, Arbitraries.of(Act.NEXT, Act.SYNCED)),
                Tuple.of(16, Arbitraries.of(Act.MARK, Act.CLEAR, Act.NEXT, Act.SYNCED, Act.FAILED, Act.WRITE,
                        Act.WRITE_HALTED, Act.COUNT)));
        return Combinators.combine(Arbitraries.integers().between(0, 2), acts, Arbitraries.longs().between(0, 4))
                .as(Step::new).list().ofMinSize(5).ofMaxSize(120);
    }
}
