package org.mirrorlog.log;

import java.util.Objects;

/**
 * One message of an instance to the owner of its log. The rounds of one daemon start are one numbered stream, sent one
 * at a time and sent again under the same number until answered (D5).
 *
 * @param uuid of the log
 * @param by the instance that asks
 * @param node label of its machine
 * @param daemonStart start of its daemon, unlike that of every other start
 * @param session the session that the instance believes to be in; 0 before the first RESUME
 * @param number 1, 2, 3 … within (instance, jvm)
 * @param seen highest log number that the instance has heard of (D2)
 * @param term who told it so: {@link RoundAnswer#term}; 0: nobody, or a build that did not say
 * @param clears regions whose marks are given up; they have left the instance's record already (D6)
 * @param ask the question
 */
public record Round(String uuid, InstanceId by, String node, long daemonStart, long session, long number, long seen,
                    long term, RegionSet clears, Ask ask) {
    public Round {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(clears, "clears");
        Objects.requireNonNull(ask, "ask");
    }
}
