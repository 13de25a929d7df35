package org.mirrorlog.membership;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.logging.Failures;
import org.mirrorlog.process.ExitCode;

/**
 * {@code mirrorlogd free-cluster}: a cluster that goes on saying in the journal that it lives, and that nobody here can
 * reach, is not to be waited for any more. Looks first, and says what becomes of it. Nobody is declared dead by it.
 */
public final class FreeCluster {
    private final Config config;
    private final PrintStream out;
    private final PrintStream err;

    public FreeCluster(Config config, PrintStream out, PrintStream err) {
        this.config = config;
        this.out = out;
        this.err = err;
    }

    /** @param isMeant whether to do it, not only to show what there is */
    public ExitCode run(boolean isMeant) {
        try (ClusterRow.Opened row = JournalExtension.openClusterRow(config, new Said()).orElse(null)) {
            if (row == null) {
                return refused("this journal has no row that says which cluster lives: nothing waits for one");
            }
            return free(row, row.read().toCompletableFuture().join(), isMeant);
        } catch (IOException | CompletionException e) {
            return refused(Failures.cause(e).getMessage());
        }
    }

    private ExitCode free(ClusterRow.Opened row, ClusterRow.Seen seen, boolean isMeant) {
        RowView view = RowView.of(seen.text(), seen.left());
        if (view instanceof RowView.Free) {
            return refused("the journal at " + row.place() + " names no cluster that lives: whoever starts founds one"
                    + " by itself");
        }
        Optional<LivingCluster> cluster = view instanceof RowView.Living living ? Optional.of(living.cluster())
                : Optional.empty();
        if (cluster.filter(living -> living.seats().isEmpty()).isPresent()) {
            return refused("the last cluster in the journal at " + row.place() + " has ended, or was freed: whoever"
                    + " starts founds one by itself");
        }
        String who = cluster.map(living -> "the cluster of " + living.addresses()).orElse("a cluster of another build");
        out.println("the journal at " + row.place() + " says that " + who + " lives; that expires in "
                + Math.max(1, seen.left().toSeconds()) + " s, unless it says so again");
        List<String> near = cluster.map(living -> living.addresses().stream()
                .filter(address -> SharedStart.isWithinReach(address, "")).toList()).orElse(List.of());
        if (!near.isEmpty() && view.isMemberless()) {
            return refused(near + " can be reached from here, and only start themselves: the row names no member."
                    + " There is nothing to free: they and whoever else starts found a cluster by themselves, within"
                    + " seconds where all of them are there, else once the row has expired");
        }
        if (!near.isEmpty()) {
            return refused(near + " can be reached from here: a node that starts here joins it. Stop the daemons there"
                    + " if it is not to go on");
        }
        out.println("none of it can be reached from here. Once it is freed, whoever starts within "
                + RowView.LIFE.toSeconds() + " s founds another cluster, and its members end, if they still live and"
                + " can read the journal, and wait until they reach the others. Nobody is declared dead by that: what"
                + " they have marked stays (mirrorlogctl nodes, fence-confirm)");
        if (!isMeant) {
            err.println("mirrorlogd: nothing was done: if it is never to be reached again, or not in time, add --yes");
            return ExitCode.USAGE;
        }
        return done(row, seen, cluster);
    }

    private ExitCode done(ClusterRow.Opened row, ClusterRow.Seen seen, Optional<LivingCluster> cluster) {
        String freed = LivingCluster.of(cluster.map(LivingCluster::id).orElse("freed"), Set.of()).text();
        ClusterRow.Seen before = seen;
        for (int i = 0; i < 10; i++) {
            ClusterRow.Seen now = row.replace(before, freed, Optional.of(RowView.LIFE)).toCompletableFuture().join();
            if (now.text().filter(freed::equals).isPresent()) {
                out.println("freed");
                return ExitCode.OK;
            }
            boolean isSame = now.text().flatMap(LivingCluster::parse).map(LivingCluster::id)
                    .equals(cluster.map(LivingCluster::id));
            if (!isSame) {
                return refused("nothing was done, for another cluster has been founded meanwhile");
            }
            before = now; // it has just said again that it lives
        }
        return refused("nothing was done, for the row is written by others all the time");
    }

    private ExitCode refused(String why) {
        err.println("mirrorlogd: free-cluster: " + why);
        return ExitCode.NOT_STARTED;
    }

    /** What the journal says while it is asked. */
    private final class Said implements JournalLog {
        @Override
        public void info(String line) {
            // What was asked is answered on its own.
        }

        @Override
        public void warn(String line) {
            err.println("mirrorlogd: " + line);
        }

        @Override
        public void error(String line) {
            err.println("mirrorlogd: " + line);
        }
    }
}
