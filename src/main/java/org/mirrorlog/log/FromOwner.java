package org.mirrorlog.log;

/** What the owner of a log sends to an instance. */
public sealed interface FromOwner permits RoundAnswer, Notice {
    /** The log. */
    String uuid();

    /** Whom it is for. */
    InstanceId to();
}
