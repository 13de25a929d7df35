package org.mirrorlog.management;

import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** What operators are told of a failure: no names of classes, and nothing of who waited for whom in here. */
final class Why {
    private Why() {
    }

    /** What went wrong, without what the stages on its way have wrapped it in. */
    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** One line. */
    static String text(Throwable failure) {
        Throwable cause = cause(failure);
        if (isLate(cause)) {
            return "no answer in time";
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** Whether what was asked for may yet be done. */
    static boolean isLate(Throwable failure) {
        return cause(failure) instanceof TimeoutException;
    }
}
