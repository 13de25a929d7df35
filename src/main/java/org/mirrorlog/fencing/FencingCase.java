package org.mirrorlog.fencing;

import akka.cluster.Member;
import java.util.Optional;
import org.mirrorlog.cluster.NodeIdentity;

/** What has become so far of one node that is to be fenced. Of {@link Fencing} only, one thread at a time. */
final class FencingCase {
    private final NodeIdentity who;
    private final Member former;
    /** Runs of the fencing program. */
    int attempts;
    String lastFailure;
    /** At what has become of it. */
    int looks;
    /** Of these, how many found it alive though it was fenced. */
    int looksAlive;
    boolean isFenced;
    /** A question, a program or a declaration is under way. */
    boolean isBusy;
    /** Failed attempts to write its death down. */
    long undeclared;
    private boolean isToldLate;
    private boolean isCleared;
    private Optional<String> objection = Optional.empty();
    /** Another daemon has come from its address: Akka may have removed it for that, and for nothing else. */
    Member successor;

    /** @param former the member that was lost */
    FencingCase(NodeIdentity who, Member former) {
        this.who = who;
        this.former = former;
    }

    NodeIdentity who() {
        return who;
    }

    Member former() {
        return former;
    }

    /**
     * Notes what speaks against an act; if nothing does, one is cleared.
     *
     * @return whether people have not heard that yet
     */
    boolean isNews(Optional<String> found) {
        isBusy = false;
        isCleared = found.isEmpty();
        looks -= isCleared ? 0 : 1;
        boolean isNews = found.isPresent() && !found.equals(objection);
        objection = found;
        return isNews;
    }

    /** Notes that its death could not be written down; whether to say so: of the first time, the tenth and so on. */
    boolean isUndeclaredNews() {
        undeclared++;
        return undeclared == Math.round(Math.pow(10, Math.floor(Math.log10(undeclared))));
    }

    /** Notes this look, if it counts; whether there were so many by now, which is said once. */
    boolean isLate(int more, int many) {
        looks += more;
        boolean isLate = looks >= many && !isToldLate;
        isToldLate |= isLate;
        return isLate;
    }

    /** Whether one act is cleared, which this look uses up. */
    boolean takeClearance() {
        boolean was = isCleared;
        isCleared = false;
        return was;
    }

    /** Where it was reached; empty if that is not known. */
    String address() {
        return former.address().getHost().orElse("");
    }
}
