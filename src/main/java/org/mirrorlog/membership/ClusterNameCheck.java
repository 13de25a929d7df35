package org.mirrorlog.membership;

import akka.cluster.ConfigValidation;
import akka.cluster.Invalid;
import akka.cluster.JoinConfigCompatChecker;
import akka.cluster.Valid$;
import com.typesafe.config.Config;
import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Keeps nodes of another cluster out: joining, a node compares its {@code mirrorlog.cluster-name} with that of the
 * cluster, and so does the cluster. Created by Akka Cluster, by name.
 */
public final class ClusterNameCheck extends JoinConfigCompatChecker {
    private static final String NAME = "mirrorlog.cluster-name";

    /** Called by Akka. */
    public ClusterNameCheck() {
    }

    @Override
    public Seq<String> requiredKeys() {
        return sequence(NAME);
    }

    @Override
    public ConfigValidation check(Config toCheck, Config actualConfig) {
        String theirs = toCheck.hasPath(NAME) ? toCheck.getString(NAME) : "(nothing)";
        String ours = actualConfig.getString(NAME);
        return theirs.equals(ours) ? Valid$.MODULE$
                : new Invalid(sequence(NAME + " is " + ours + " here and " + theirs
                        + " there: this node belongs to another cluster"));
    }

    private static Seq<String> sequence(String text) {
        return CollectionConverters.asScala(List.of(text)).toSeq();
    }
}
