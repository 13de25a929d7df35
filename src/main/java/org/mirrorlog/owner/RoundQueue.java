package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.mirrorlog.log.Round;
import org.mirrorlog.owner.OwnerCommand.Ask;

/**
 * The rounds that an owner has heard and not decided. Bounded: what is lost comes again. Used by its owner's actor
 * only.
 */
final class RoundQueue {
    /** Each instance has one under way. */
    static final int MOST = 4096;

    private final List<Ask> due = new ArrayList<>();
    private final List<Ask> heldBack = new ArrayList<>();
    private final List<Ask> aside = new ArrayList<>();

    /** One more for the next commit; it takes the place of the same round, sent before. */
    void add(Ask ask) {
        boolean isRepeated = due.removeIf(other -> isSame(other, ask)) | heldBack.removeIf(other -> isSame(other, ask))
                | aside.removeIf(other -> isSame(other, ask));
        if (isRepeated || due.size() + heldBack.size() + aside.size() < MOST) {
            due.add(ask);
        }
    }

    private static boolean isSame(Ask one, Ask other) {
        Round round = one.round();
        return round.by().equals(other.round().by()) && round.number() == other.round().number();
    }

    boolean isEmpty() {
        return due.isEmpty() && heldBack.isEmpty() && aside.isEmpty();
    }

    /** To be decided in the next commit. */
    List<Ask> due() {
        return due;
    }

    /** Not to be decided on this node, as far as is known. */
    List<Ask> heldBack() {
        return heldBack;
    }

    /** These wait until {@link #releaseAside}, and the others do not. */
    void setAside(List<Ask> rounds) {
        due.removeAll(rounds);
        aside.addAll(rounds);
    }

    boolean isNoneAside() {
        return aside.isEmpty();
    }

    /** Those set aside are looked at again, behind the others. */
    void releaseAside() {
        due.addAll(aside);
        aside.clear();
    }

    /** Those held back are tried as well, behind the others. */
    void releaseHeldBack() {
        due.addAll(heldBack);
        heldBack.clear();
    }

    /** All were looked at; this is what waits on. */
    void keep(Batch batch) {
        due.clear();
        due.addAll(batch.postponed());
        heldBack.clear();
        heldBack.addAll(batch.heldBack());
    }

    /** None waits here any more. */
    void passTo(Consumer<Ask> next) {
        due.forEach(next);
        heldBack.forEach(next);
        aside.forEach(next);
        due.clear();
        heldBack.clear();
        aside.clear();
    }
}
