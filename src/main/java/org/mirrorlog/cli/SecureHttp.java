package org.mirrorlog.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** HTTP within TLS: of a daemon at its port for other machines, or behind something that has a certificate. */
final class SecureHttp {
    private SecureHttp() {
    }

    /**
     * Where it is asked.
     *
     * @param patience with the connection, and then with the answer
     * @param isEndless whether the body may take as long as it likes
     */
    record Place(URI base, Identity identity, Duration patience, boolean isEndless) { }

    static <T> T ask(Place place, PlainHttp.Wish wish, PlainHttp.Reader<T> reader)
            throws IOException, InterruptedException {
        URI base = place.base();
        Duration patience = place.patience();
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(wish.path())).timeout(patience)
                .method(wish.method(), wish.body() == null ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(wish.body()));
        wish.head().forEach(request::header);
        if (wish.body() != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<InputStream> response = HttpClient.newBuilder().connectTimeout(patience)
                .sslContext(place.identity().context()).build()
                .send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        CompletableFuture<Void> read = new CompletableFuture<>();
        try (InputStream body = response.body()) {
            if (!place.isEndless()) {
                read.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).exceptionally(late -> close(body));
            }
            return reader.read(new PlainHttp.Reply(response.statusCode(), body));
        } finally {
            read.complete(null);
        }
    }

    private static Void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            Thread.currentThread().interrupt();
        }
        return null;
    }
}
