package org.mirrorlog.fleet;

import akka.pki.pem.DERPrivateKeyLoader;
import akka.pki.pem.PEMDecoder;
import akka.pki.pem.PEMLoadingException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The one answer of a Kubernetes API server that nodes need to find each other, in the form of its API v1: the list of
 * pods.
 */
final class PodServer implements Closeable {
    private static final String NAMESPACE = "storage";
    private static final String TOKEN = "token-of-the-service-account";
    private static final String PASSWORD = "test";

    private final Path directory;
    private final HttpsServer server;

    private PodServer(Path directory, HttpsServer server) {
        this.directory = directory;
        this.server = server;
    }

    /** @param addresses of the pods, each of which has a port of that name and number */
    static PodServer start(String portName, int port, List<String> addresses) {
        try {
            Path directory = Files.createTempDirectory("pods");
            HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(identity(directory)));
            byte[] pods = pods(portName, port, addresses).getBytes(StandardCharsets.UTF_8);
            server.createContext("/api/v1/namespaces/" + NAMESPACE + "/pods", exchange -> answer(exchange, pods));
            server.start();
            Files.writeString(directory.resolve("token"), TOKEN);
            return new PodServer(directory, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException | PEMLoadingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext identity(Path directory)
            throws IOException, GeneralSecurityException, PEMLoadingException {
        Fleet.makeCerts(directory, "127.0.0.1");
        Certificate certificate;
        try (InputStream in = Files.newInputStream(directory.resolve("127.0.0.1.pem"))) {
            certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        PrivateKey key = DERPrivateKeyLoader.load(PEMDecoder.decode(
                Files.readString(directory.resolve("127.0.0.1-key.pem"))));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, PASSWORD.toCharArray());
        keys.setKeyEntry("pods", key, PASSWORD.toCharArray(), new Certificate[] {certificate});
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private static String pods(String portName, int port, List<String> addresses) {
        return addresses.stream().map(address -> """
                {"metadata": {"name": "pod-%1$s", "namespace": "%2$s"},
                 "spec": {"containers": [{"name": "mirrorlogd", "ports": [{"name": "%3$s", "containerPort": %4$d}]}]},
                 "status": {"phase": "Running", "podIP": "%1$s"}}""".formatted(address, NAMESPACE, portName, port))
                .collect(Collectors.joining(",", "{\"kind\": \"PodList\", \"apiVersion\": \"v1\", \"items\": [", "]}"));
    }

    private static void answer(HttpExchange exchange, byte[] pods) throws IOException {
        boolean isAllowed = ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        boolean isAsked = "labelSelector=app%3Dmirrorlog".equals(exchange.getRequestURI().getRawQuery());
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (isAllowed && isAsked) {
            exchange.sendResponseHeaders(200, pods.length);
            exchange.getResponseBody().write(pods);
        } else {
            exchange.sendResponseHeaders(isAllowed ? 400 : 403, -1);
        }
        exchange.close();
    }

    /** The environment of a pod. */
    Map<String, String> environment() {
        return Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1", "KUBERNETES_SERVICE_PORT",
                Integer.toString(server.getAddress().getPort()));
    }

    /** Where a node finds what is mounted into a pod. */
    List<String> settings() {
        String prefix = "akka.discovery.kubernetes-api.";
        return List.of(prefix + "api-ca-path=" + directory.resolve("ca.pem"),
                prefix + "api-token-path=" + directory.resolve("token"), prefix + "pod-namespace=" + NAMESPACE);
    }

    @Override
    public void close() throws IOException {
        server.stop(0);
        Fleet.delete(directory);
    }
}
