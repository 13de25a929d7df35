package org.mirrorlog.kernelguest;

/** This machine cannot run a guest; the message says in one line why and what to install. */
final class LabUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LabUnavailableException(String reason) {
        super(reason);
    }
}
