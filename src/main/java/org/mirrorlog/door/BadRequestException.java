package org.mirrorlog.door;

/** Bytes that are no request, or none that is taken here. */
final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    BadRequestException(int status, String message) {
        super(message);
        this.status = status;
    }

    HttpReply reply() {
        return HttpReply.error(status, getMessage());
    }
}
