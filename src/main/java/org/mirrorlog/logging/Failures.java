package org.mirrorlog.logging;

import java.util.concurrent.CompletionException;

/** What completion stages fail with. */
public final class Failures {
    private Failures() {
    }

    /** What went wrong, without what the stages on its way have wrapped it in. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
