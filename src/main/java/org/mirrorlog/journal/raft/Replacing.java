package org.mirrorlog.journal.raft;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * How another directory takes the place of one that was lost (docs/decisions/0011-replacing-a-member.md): as a member
 * of its own, with another name at the same address. First it learns; once it holds what is committed the one that was
 * lost is removed, and then it votes. Where that stands is to be seen from who belongs to the group, and from nothing
 * else: so whoever leads goes on with it.
 *
 * <p>Belongs to the turn of its member.
 */
final class Replacing {

    /** A member that has not answered for so long is not counted on. */
    private static final long SILENT_MS = 3_000;

    private final String self;
    private final Engine engine;
    /** What was committed when it was looked last, while this member led; else more than there is. */
    private long committedBefore = Long.MAX_VALUE;

    Replacing(String self, Engine engine) {
        this.self = self;
        this.engine = engine;
    }

    /**
     * Has a successor begin to learn, if this member leads. Asked once more it does no harm.
     *
     * @param membersIndex the group for which it was ordered: an order that comes late must not bring back who was
     *        removed meanwhile
     * @param answer {@link Answer.Decided}: it is a member; else it is not, or nobody knows, and may be asked again
     */
    void begin(String successor, long membersIndex, Consumer<Answer> answer) {
        Standing now = engine.standing();
        Members members = now.members();
        Optional<String> learner = learner(members);
        if (now.role() != Standing.Role.LEADER) {
            answer.accept(new Answer.NotNow("this member does not lead"));
        } else if (now.isChanging()) {
            answer.accept(new Answer.NotNow("another change of the members is under way"));
        } else if (members.all().contains(successor)) {
            answer.accept(new Answer.Decided(new Outcome.Accepted(members.index())));
        } else if (members.index() != membersIndex) {
            answer.accept(new Answer.NotNow("the group has changed meanwhile"));
        } else if (Members.address(successor).equals(Members.address(self))) {
            answer.accept(new Answer.NotNow("the member at that address leads, and is not lost"));
        } else if (learner.isEmpty()) {
            engine.change(new Change(Change.Kind.LEARN, successor), members.index(), answer);
        } else if (Members.address(learner.get()).equals(Members.address(successor))) {
            // That one was lost as well, before it counted.
            engine.change(new Change(Change.Kind.REMOVE, learner.get()), members.index(), given ->
                    answer.accept(new Answer.NotNow(learner.get() + ", which was to take that place, is removed")));
        } else {
            answer.accept(new Answer.NotNow("member " + learner.get() + " takes a place just now: one at a time"));
        }
    }

    /** Goes on with what has begun; to be called about once a second. */
    void look() {
        Standing now = engine.standing();
        boolean leads = now.role() == Standing.Role.LEADER;
        if (leads && !now.isChanging()) {
            next(now).ifPresent(change -> engine.change(change, now.members().index(), answer -> { }));
        }
        committedBefore = leads ? now.committedIndex() : Long.MAX_VALUE;
    }

    private Optional<Change> next(Standing now) {
        Members members = now.members();
        Optional<String> learner = learner(members).filter(name -> hasCaughtUp(now, name));
        if (learner.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> lost = members.voters().stream().filter(name -> Members.address(name)
                .equals(Members.address(learner.get()))).findFirst();
        if (lost.isEmpty()) {
            return Optional.of(new Change(Change.Kind.PROMOTE, learner.get()));
        }
        return lost.filter(name -> isEnoughWithout(now, name)).map(name -> new Change(Change.Kind.REMOVE, name));
    }

    private static Optional<String> learner(Members members) {
        return members.all().stream().filter(name -> !members.voters().contains(name)).findFirst();
    }

    /** It answers, holds all that was committed when this was looked at before, and the last change of the group. */
    private boolean hasCaughtUp(Standing now, String name) {
        Standing.Other other = now.others().get(name);
        return other != null && other.silentMs() < SILENT_MS && other.heldIndex() >= committedBefore
                && other.heldIndex() >= now.members().index();
    }

    /** Whether more than half of the others answer: else removing it would stop the group. */
    private boolean isEnoughWithout(Standing now, String lost) {
        long voters = now.members().voters().size() - 1;
        long there = now.members().voters().stream().filter(name -> !name.equals(lost) && (name.equals(self)
                || now.others().containsKey(name) && now.others().get(name).silentMs() < SILENT_MS)).count();
        return !lost.equals(self) && 2 * there > voters;
    }
}
