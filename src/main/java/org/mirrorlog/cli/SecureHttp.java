package org.mirrorlog.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** HTTP with encryption, for a daemon behind something that has a certificate. */
final class SecureHttp {
    private SecureHttp() {
    }

    static <T> T ask(URI base, PlainHttp.Wish wish, Duration patience, PlainHttp.Reader<T> reader)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(wish.path())).timeout(patience)
                .method(wish.method(), wish.body() == null ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(wish.body()));
        wish.head().forEach(request::header);
        if (wish.body() != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<InputStream> response = HttpClient.newBuilder().connectTimeout(patience).build()
                .send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            return reader.read(new PlainHttp.Reply(response.statusCode(), body));
        }
    }
}
