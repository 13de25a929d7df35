package org.mirrorlog.management;

import java.util.List;
import java.util.Optional;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;

/**
 * {@code /ready} and {@code /alive}, answered from the conditions of the {@link ManagementPort} alone, without waiting
 * for anybody: whoever restarts a daemon because of them must not be misled by how busy it is. What is wrong is a line
 * of text, which people and logs of supervisors show; who accepts JSON gets it as an error.
 */
final class Probes {
    private final ManagementPort port;

    Probes(ManagementPort port) {
        this.port = port;
    }

    /** Empty if it is not one of them. */
    Optional<HttpReply> answer(Request request) {
        List<String> failing;
        String what;
        switch (request.path()) {
            case "/ready":
                what = "not ready";
                failing = port.unready();
                break;
            case "/alive":
                what = "not alive";
                failing = port.dead();
                break;
            default:
                return Optional.empty();
        }
        if (!"GET".equals(request.method()) && !"HEAD".equals(request.method())) {
            return Optional.of(HttpReply.readOnly());
        }
        if (failing.isEmpty()) {
            return Optional.of(HttpReply.text(200, "OK"));
        }
        String why = what + ": " + String.join(", ", failing);
        return Optional.of(request.header("accept").filter(text -> text.contains("json")).isPresent()
                ? HttpReply.error(500, why) : HttpReply.text(500, why));
    }
}
