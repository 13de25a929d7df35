package org.mirrorlog.instance;

/**
 * Times of an instance, in milliseconds.
 *
 * @param lazyClearMs how long a mark is held after its CLEAR, so that writing there again costs nothing
 * @param roundRetryMs after which an unanswered round is sent again, under its own number
 * @param holdRetryMs after which a held request is asked again, as a new round
 */
public record Tuning(long lazyClearMs, long roundRetryMs, long holdRetryMs) {
    public Tuning {
        if (lazyClearMs < 0 || roundRetryMs < 1 || holdRetryMs < 1) {
            throw new IllegalArgumentException("times of an instance are positive: " + lazyClearMs + ", " + roundRetryMs
                    + ", " + holdRetryMs);
        }
    }
}
